// Command recorder asks a real Prometheus what it says to requests, rules and files that must fail alone,
// and how many samples it holds for a query. It writes ../testdata/limits.json:
//
//	go mod tidy && go run . > ../testdata/limits.json
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"

	"strings"
	"time"

	"github.com/grafana/regexp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/route"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	apiv1 "github.com/prometheus/prometheus/web/api/v1"
)

const (
	startMs  = 1_700_000_000_000
	scrapeMs = 15_000
	scrapes  = 240
	endMs    = startMs + (scrapes-1)*scrapeMs
)

var (
	quiet = slog.New(slog.NewTextHandler(io.Discard, nil))
	pql   = parser.NewParser(parser.Options{})
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func fill(db *tsdb.DB) {
	app := db.AppenderV2(context.Background())
	add := func(value func(scrape int) float64, pairs ...string) {
		lset := labels.FromStrings(pairs...)
		for i := range scrapes {
			_, err := app.Append(0, lset, 0, int64(startMs+i*scrapeMs), value(i), nil, nil, storage.AppendV2Options{})
			must(err)
		}
	}
	for i := range 10 {
		add(func(int) float64 { return 1 }, "__name__", "up", "job", "j", "instance", fmt.Sprint(i))
	}
	for i := range 5 {
		for c, code := range []string{"200", "500"} {
			add(func(s int) float64 { return float64(s * (i + c + 1)) },
				"__name__", "http_requests_total", "pod", fmt.Sprint(i), "code", code)
		}
	}
	for i, le := range []string{"1.0", "2.0", "+Inf"} {
		add(func(s int) float64 { return float64(s * (i + 1)) }, "__name__", "h_bucket", "le", le)
	}
	must(app.Commit())
}

func newEngine(maxSamples int, timeout time.Duration) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger:                   quiet,
		MaxSamples:               maxSamples,
		Timeout:                  timeout,
		NoStepSubqueryIntervalFn: func(int64) int64 { return 60_000 },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		LookbackDelta:            5 * time.Minute,
		Parser:                   pql,
	})
}

type held struct {
	Expr string `json:"expr"`
	// StepMs is 0 for an instant query at the end of the data.
	StepMs int64 `json:"stepMs"`
	// Samples is the least --query.max-samples with which the query goes through.
	Samples int `json:"samples"`
}

func recordSamples(db *tsdb.DB) []held {
	out := []held{}
	for _, expr := range sampleQueries {
		for _, stepMs := range []int64{0, 60_000} {
			if stepMs > 0 && strings.HasSuffix(expr, "]") {
				continue
			}
			fits := func(most int) bool {
				ng := newEngine(most, time.Minute)
				var q promql.Query
				var err error
				if stepMs == 0 {
					q, err = ng.NewInstantQuery(context.Background(), db, nil, expr, time.UnixMilli(endMs))
				} else {
					q, err = ng.NewRangeQuery(context.Background(), db, nil, expr,
						time.UnixMilli(endMs-1_800_000), time.UnixMilli(endMs), time.Duration(stepMs)*time.Millisecond)
				}
				must(err)
				defer q.Close()
				res := q.Exec(context.Background())
				if _, tooMany := res.Err.(promql.ErrTooManySamples); tooMany {
					return false
				}
				must(res.Err)
				return true
			}
			low, high := -1, 1_000_000
			for high-low > 1 {
				if middle := (low + high) / 2; fits(middle) {
					high = middle
				} else {
					low = middle
				}
			}
			out = append(out, held{expr, stepMs, high})
		}
	}
	return out
}

type answer struct {
	Request   string `json:"request"`
	Flags     string `json:"flags,omitempty"`
	Status    int    `json:"status"`
	ErrorType string `json:"errorType,omitempty"`
	Error     string `json:"error,omitempty"`
	// ResultType and Results tell of a query's data.
	ResultType string `json:"resultType,omitempty"`
	Results    int    `json:"results,omitempty"`
	Warnings   any    `json:"warnings,omitempty"`
}

func newAPI(db *tsdb.DB, maxSamples int, timeout time.Duration) http.Handler {
	r := route.New()
	external, _ := url.Parse("http://prometheus-0:9090/")
	api := apiv1.NewAPI(newEngine(maxSamples, timeout), db, db, nil, nil, nil, nil,
		func() config.Config { return config.DefaultConfig }, nil,
		apiv1.GlobalURLOptions{ListenAddress: ":9090", Host: external.Host, Scheme: external.Scheme},
		func(f http.HandlerFunc) http.HandlerFunc { return f },
		nil, "", false, false, 0, quiet, nil, 0, 0, 0, false, regexp.MustCompile(".*"), nil, nil, nil, nil,
		prometheus.NewRegistry(), prometheus.NewRegistry(), nil, false, nil, false, false, false,
		5*time.Minute, false, false, nil, nil, apiv1.OpenAPIOptions{}, pql, false, timeout)
	api.Register(r.WithPrefix("/api/v1"))
	return r
}

func recordRequests(db *tsdb.DB) []answer {
	out := []answer{}
	for _, group := range requestGroups {
		handler := newAPI(db, group.maxSamples, group.timeout)
		for _, request := range group.requests {
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, request, nil))
			one := answer{Request: request, Flags: group.flags, Status: recorder.Code}
			var body struct {
				ErrorType, Error string
				Data             any
				Warnings         any
			}
			must(json.Unmarshal(recorder.Body.Bytes(), &body))
			one.ErrorType, one.Error, one.Warnings = body.ErrorType, body.Error, body.Warnings
			if data, ok := body.Data.(map[string]any); ok {
				one.ResultType, _ = data["resultType"].(string)
				if results, ok := data["result"].([]any); ok {
					one.Results = len(results)
				}
			}
			out = append(out, one)
		}
	}
	return out
}

type ruleAnswer struct {
	Rule      string `json:"rule"`
	Health    string `json:"health"`
	LastError string `json:"lastError,omitempty"`
	Log       string `json:"log,omitempty"`
	// Annotations are those of the first alert.
	Annotations map[string]string `json:"annotations,omitempty"`
}

func recordRules(db *tsdb.DB) []ruleAnswer {
	dir, err := os.MkdirTemp("", "rules")
	must(err)
	defer os.RemoveAll(dir)
	external, _ := url.Parse("http://prometheus-0:9090/")
	out := []ruleAnswer{}
	for _, text := range ruleTexts {
		var lines strings.Builder
		log := slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == "time" || a.Key == "file" {
					return slog.Attr{}
				}
				return a
			},
		}))
		engine := newEngine(1000, 200*time.Millisecond)
		manager := rules.NewManager(&rules.ManagerOptions{
			QueryFunc: rules.EngineQueryFunc(engine, db), AppendableV2: db, Queryable: db, Logger: log,
			Context: context.Background(), ExternalURL: external, Parser: pql,
			NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		})
		file := filepath.Join(dir, "r.yml")
		must(os.WriteFile(file, []byte("groups:\n- name: g\n  rules:\n  - "+strings.ReplaceAll(text, "\n", "\n    ")+"\n"), 0o600))
		groups, errs := manager.LoadGroups(time.Minute, labels.EmptyLabels(), external.String(), nil, false, file)
		if errs != nil {
			out = append(out, ruleAnswer{Rule: text, Health: "refused",
				LastError: strings.ReplaceAll(fmt.Sprint(errs), file, "r.yml")})
			continue
		}
		for _, group := range groups {
			group.Eval(context.Background(), time.UnixMilli(endMs))
			rule := group.Rules()[0]
			one := ruleAnswer{Rule: text, Health: string(rule.Health()), Log: lines.String()}
			if err := rule.LastError(); err != nil {
				one.LastError = err.Error()
			}
			if alerting, ok := rule.(*rules.AlertingRule); ok {
				for _, alert := range alerting.ActiveAlerts() {
					one.Annotations = alert.Annotations.Map()
					break
				}
			}
			out = append(out, one)
		}
	}
	return out
}

type fileAnswer struct {
	Text   string   `json:"text"`
	Errors []string `json:"errors"`
}

func recordRuleFiles() []fileAnswer {
	out := []fileAnswer{}
	for _, text := range ruleFileTexts {
		one := fileAnswer{Text: text, Errors: []string{}}
		_, errs := rulefmt.Parse([]byte(text), false, model.UTF8Validation, pql, quiet)
		for _, err := range errs {
			one.Errors = append(one.Errors, err.Error())
		}
		out = append(out, one)
	}
	return out
}

func recordConfigs() []fileAnswer {
	out := []fileAnswer{}
	for _, text := range configTexts {
		one := fileAnswer{Text: text, Errors: []string{}}
		if _, err := config.Load(text, quiet); err != nil {
			one.Errors = append(one.Errors, err.Error())
		}
		out = append(out, one)
	}
	return out
}

func main() {
	dir, err := os.MkdirTemp("", "tsdb")
	must(err)
	defer os.RemoveAll(dir)
	options := tsdb.DefaultOptions()
	options.RetentionDuration = 0
	db, err := tsdb.Open(dir, quiet, nil, options, nil)
	must(err)
	fill(db)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	must(encoder.Encode(map[string]any{
		"tool":      "prometheus promql.Engine, web/api/v1, rules, model/rulefmt and config over a tsdb head",
		"version":   "v0.316.0 (Prometheus 3.16)",
		"date":      "2026-11-29",
		"samples":   recordSamples(db),
		"requests":  recordRequests(db),
		"rules":     recordRules(db),
		"ruleFiles": recordRuleFiles(),
		"configs":   recordConfigs(),
	}))
}
