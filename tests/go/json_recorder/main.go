// Prints what encoding/json says of the texts on standard input, a JSON list, as two clients of Prometheus decode them.
package main

import (
	"encoding/json"
	"os"
	"runtime"
)

type promQueryResult struct {
	Status string `json:"status"`
	Data   struct {
		ResultType string `json:"resultType"`
		Result     []struct {
			Metric struct{}      `json:"metric"`
			Value  []interface{} `json:"value"`
		} `json:"result"`
	} `json:"data"`
}

type ResponseStatus string

type APIResponse struct {
	Status ResponseStatus  `json:"status"`
	Data   json.RawMessage `json:"data"`
}

type row struct {
	Text     string `json:"text"`
	Result   string `json:"result"`
	Response string `json:"response"`
}

func say(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	rows := []row{}
	for _, text := range texts {
		var result promQueryResult
		var response APIResponse
		rows = append(rows, row{
			text,
			say(json.Unmarshal([]byte(text), &result)),
			say(json.Unmarshal([]byte(text), &response)),
		})
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"version": runtime.Version(), "rows": rows})
}
