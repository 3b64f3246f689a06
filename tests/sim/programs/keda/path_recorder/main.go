// Command recorder asks tidwall/gjson where paths lead: a JSON list of {"document", "path"} on standard input, the
// types and values found on standard output. Run by ../record_paths.ts.
package main

import (
	"encoding/json"
	"os"
	"runtime/debug"

	"github.com/tidwall/gjson"
)

type question struct {
	Document string `json:"document"`
	Path     string `json:"path"`
}

type answer struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := make([]answer, len(questions))
	for i, one := range questions {
		found := gjson.Get(one.Document, one.Path)
		answers[i] = answer{found.Type.String(), found.Raw}
	}
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/tidwall/gjson" {
				version = module.Version
			}
		}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.Encode(map[string]any{"version": version, "answers": answers})
}
