// Reads URLs as Go does and writes down what comes of them: a JSON list of texts on standard input, the recording
// on standard output. Run by record_url.ts.
package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"runtime"
)

type result struct {
	URL      string  `json:"url"`
	Error    string  `json:"error,omitempty"`
	Scheme   string  `json:"scheme,omitempty"`
	Opaque   string  `json:"opaque,omitempty"`
	User     string  `json:"user,omitempty"`
	Password *string `json:"password,omitempty"`
	Host     string  `json:"host,omitempty"`
	Hostname string  `json:"hostname,omitempty"`
	Port     string  `json:"port,omitempty"`
	Path     string  `json:"path,omitempty"`
	Escaped  string  `json:"escaped,omitempty"`
	Query    string  `json:"query,omitempty"`
	Fragment string  `json:"fragment,omitempty"`
	String   string  `json:"string,omitempty"`
	// What an http.Client says that is not let out.
	Get string `json:"get"`
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	var results []result
	for _, text := range texts {
		results = append(results, read(text))
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	out.Encode(map[string]any{"go": runtime.Version(), "urls": results})
}

func read(text string) result {
	out := result{URL: text}
	u, err := url.Parse(text)
	if err != nil {
		out.Error = err.Error()
	} else {
		out.Scheme, out.Opaque, out.Host, out.Hostname, out.Port = u.Scheme, u.Opaque, u.Host, u.Hostname(), u.Port()
		out.Path, out.Escaped, out.Query, out.Fragment, out.String = u.Path, u.EscapedPath(), u.RawQuery, u.Fragment, u.String()
		if u.User != nil {
			out.User = u.User.Username()
			if password, set := u.User.Password(); set {
				out.Password = &password
			}
		}
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		if _, err := http.Get(text); err != nil {
			out.Get = err.Error()
		}
	}
	return out
}
