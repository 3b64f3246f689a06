//go:build ignore

// Records what Go's regexp package answers for expressions made by chance:
//
//	go run tests/go/record_regexp.go > tests/go/testdata/regexp_random.json
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"runtime"
	"strings"
	"unicode/utf16"
)

type match struct {
	At     int       `json:"at"`
	Groups []*string `json:"groups"`
}

type answers struct {
	First    *match   `json:"first"`
	Longest  *match   `json:"longest"`
	Whole    *match   `json:"whole"`
	All      []string `json:"all"`
	Replaced string   `json:"replaced"`
	Split    []string `json:"split"`
}

type entry struct {
	Pattern string    `json:"pattern"`
	Error   string    `json:"error,omitempty"`
	Texts   []string  `json:"texts,omitempty"`
	Answers []answers `json:"answers,omitempty"`
}

var chance = rand.New(rand.NewSource(1))

func one(choices ...string) string { return choices[chance.Intn(len(choices))] }

func expression(depth int) string {
	n := chance.Intn(10)
	if depth == 0 {
		n = chance.Intn(4)
	}
	switch {
	case n < 3:
		return one("a", "b", "c", "ab", "é", "한", "-", "\\.", "A")
	case n < 4:
		return one(".", "[ab]", "[^a]", "[a-c]", "\\w", "\\d", "\\s", "^", "$", "\\b", "\\B", "(?i:a)", "\\PL", "")
	case n < 6:
		return expression(depth-1) + expression(depth-1)
	case n < 7:
		return "(?:" + expression(depth-1) + "|" + expression(depth-1) + ")"
	case n < 8:
		return "(" + expression(depth-1) + ")"
	default:
		sub := "(?:" + expression(depth-1) + ")"
		if chance.Intn(2) == 0 {
			sub = "(" + expression(depth-1) + ")"
		}
		return sub + one("*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{1,3}?")
	}
}

func text() string {
	var out strings.Builder
	for n := chance.Intn(9); n > 0; n-- {
		out.WriteString(one("a", "a", "b", "b", "c", "A", "é", "한", "😀", "-", ".", "1", "_", " ", "\n"))
	}
	return out.String()
}

func groups(re *regexp.Regexp, text string) *match {
	at := re.FindStringSubmatchIndex(text)
	if at == nil {
		return nil
	}
	out := &match{At: len(utf16.Encode([]rune(text[:at[0]])))}
	for i := 0; i < len(at); i += 2 {
		if at[i] < 0 {
			out.Groups = append(out.Groups, nil)
			continue
		}
		group := text[at[i]:at[i+1]]
		out.Groups = append(out.Groups, &group)
	}
	return out
}

func main() {
	fixed := []string{
		"(.*)*x", "(/?[a-z.-]*)*!", strings.Repeat("(.*)", 10), "([a-z-]+)*!", "^(a+)+$", "(a|a)*b", "(a*)*", "(a*)+",
		"(|a)*", "(|a)+", "(|a)?b", "(a|b)*?c", "(?:(a)|b)*", "(a?){3}", "(a*){2}b?", "(?:a(b)?)+", "\\Qa.b\\E+", "a(?i)*b",
		"a{01}", "a{1000}", "a{1001}", "(?:a{10}){100}", "(?:a{10}){101}", "((a{100}){10}){10}", "(?:a{2,}){501}",
		"(?:a{0}){5}", "(?P<", "(?<", "(?<n", "(?P<n>", "(?'n'a)", "[[:a]b:]", "[[:alpha:]-z]", "[a-\\d]", "[[:x", "\\pN",
		"\\p{Lu", "x{2}{", "a||b", "(?i)k", "(?i)[^k]", "(?i)ſ", "(?m)^a$", "(?U)a+?", "{,2}", "a{2}{3}", "a**", "(?i)(?s).",
		strings.Repeat("(", 999) + "a" + strings.Repeat(")", 999), strings.Repeat("(", 1000) + "a" + strings.Repeat(")", 1000),
		strings.Repeat("(?:", 1500) + "a" + strings.Repeat(")", 1500), strings.Repeat("(?:", 999) + "a" + strings.Repeat(")*", 999),
		strings.Repeat("(?:", 1000) + "a" + strings.Repeat(")*", 1000), strings.Repeat("a{1000}", 4000), strings.Repeat("(?:a|", 1200),
	}
	var entries []entry
	for i := 0; i < 400; i++ {
		pattern := ""
		if i < len(fixed) {
			pattern = fixed[i]
		} else {
			pattern = expression(4)
		}
		made := entry{Pattern: pattern}
		re, err := regexp.Compile(pattern)
		if err != nil {
			made.Error = err.Error()
		}
		if err != nil || len(pattern) > 400 {
			// Of the long ones, only whether they are read.
			entries = append(entries, made)
			continue
		}
		longest := regexp.MustCompile(pattern)
		longest.Longest()
		whole := regexp.MustCompile("^(?s:" + pattern + ")$")
		texts := []string{"ab"}
		for len(texts) < 6 {
			texts = append(texts, text())
		}
		for _, text := range texts {
			made.Texts = append(made.Texts, text)
			made.Answers = append(made.Answers, answers{
				First: groups(re, text), Longest: groups(longest, text), Whole: groups(whole, text),
				All: re.FindAllString(text, -1), Replaced: re.ReplaceAllString(text, "<$1>"), Split: re.Split(text, -1),
			})
		}
		entries = append(entries, made)
	}
	fmt.Printf("{\"tool\":\"go regexp\",\"version\":%q,\"patterns\":[\n", runtime.Version())
	for i, made := range entries {
		line, err := json.Marshal(made)
		if err != nil {
			panic(err)
		}
		os.Stdout.Write(line)
		if i < len(entries)-1 {
			fmt.Println(",")
		}
	}
	fmt.Println("\n]}")
}
