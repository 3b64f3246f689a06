// Command recorder asks expr-lang/expr for the values of expressions over numbers: a JSON list of
// {"source", "values"} on standard input, the answers on standard output. Run by ../record.ts.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/expr-lang/expr"
)

type question struct {
	Source string             `json:"source"`
	Values map[string]float64 `json:"values"`
}

type answer struct {
	Refused string `json:"refused,omitempty"`
	Failed  string `json:"failed,omitempty"`
	Type    string `json:"type,omitempty"`
	Value   string `json:"value,omitempty"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := make([]answer, len(questions))
	for i, one := range questions {
		answers[i] = ask(one)
	}
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/expr-lang/expr" {
				version = module.Version
			}
		}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.Encode(map[string]any{"version": version, "answers": answers})
}

func ask(one question) (answered answer) {
	defer func() {
		if problem := recover(); problem != nil {
			answered = answer{Failed: fmt.Sprint("panic: ", problem)}
		}
	}()
	program, err := expr.Compile(one.Source, expr.Env(one.Values))
	if err != nil {
		return answer{Refused: err.Error()}
	}
	value, err := expr.Run(program, one.Values)
	if err != nil {
		return answer{Failed: err.Error()}
	}
	return answer{Type: fmt.Sprintf("%T", value), Value: fmt.Sprintf("%v", value)}
}
