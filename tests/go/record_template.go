// Executes templates and formats values as Go does and writes down what comes of them: the cases as JSON on standard
// input, the recording on standard output. Run by record_template.ts.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"text/template"
)

type templateCase struct {
	Template   string
	Data       string
	Int64      bool
	MissingKey string
	Delimiters []string
}

type formatCase struct {
	Format string
	Args   [][]json.RawMessage
}

type result struct {
	Template string  `json:"template"`
	Output   *string `json:"output,omitempty"`
	Error    string  `json:"error,omitempty"`
}

type formatted struct {
	Format string `json:"format"`
	Output string `json:"output"`
}

func main() {
	var cases struct {
		Templates []templateCase
		Formats   []formatCase
	}
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	var results []result
	for _, c := range cases.Templates {
		r := result{Template: c.Template}
		if text, err := execute(c); err != nil {
			r.Error = err.Error()
		} else {
			r.Output = &text
		}
		results = append(results, r)
	}
	var formats []formatted
	for _, c := range cases.Formats {
		formats = append(formats, formatted{c.Format, format(c)})
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	out.Encode(map[string]any{"go": runtime.Version(), "templates": results, "formats": formats})
}

func execute(c templateCase) (string, error) {
	decoder := json.NewDecoder(strings.NewReader(c.Data))
	if c.Int64 {
		decoder.UseNumber()
	}
	var data any
	if err := decoder.Decode(&data); err != nil {
		panic(err)
	}
	if c.Int64 {
		data = withInt64(data)
	}
	t := template.New("t")
	if c.MissingKey != "" {
		t.Option("missingkey=" + c.MissingKey)
	}
	if len(c.Delimiters) == 2 {
		t.Delims(c.Delimiters[0], c.Delimiters[1])
	}
	if _, err := t.Parse(c.Template); err != nil {
		return "", err
	}
	var out bytes.Buffer
	err := t.Execute(&out, data)
	return out.String(), err
}

// withInt64 makes int64 of numbers without a point, as k8s.io/apimachinery/pkg/util/json does.
func withInt64(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = withInt64(v[key])
		}
	case []any:
		for i := range v {
			v[i] = withInt64(v[i])
		}
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	}
	return value
}

func format(c formatCase) string {
	var args []any
	for _, arg := range c.Args {
		args = append(args, value(arg))
	}
	return fmt.Sprintf(c.Format, args...)
}

func value(arg []json.RawMessage) any {
	var kind string
	json.Unmarshal(arg[0], &kind)
	if kind == "json" {
		var v any
		json.Unmarshal(arg[1], &v)
		return v
	}
	var text string
	json.Unmarshal(arg[1], &text)
	switch kind {
	case "int":
		i, _ := strconv.Atoi(text)
		return i
	case "int64":
		i, _ := strconv.ParseInt(text, 10, 64)
		return i
	case "uint8":
		i, _ := strconv.ParseUint(text, 10, 8)
		return uint8(i)
	case "float64":
		f, _ := strconv.ParseFloat(text, 64)
		return f
	}
	panic(kind)
}
