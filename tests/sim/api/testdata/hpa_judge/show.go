// Command show prints HorizontalPodAutoscalers as upstream's server prints them in tables and as kubectl
// describes them. Each line of standard input is an autoscaling/v2 object; each of standard output what is shown.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/kubectl/pkg/describe"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/printers"
	printersinternal "k8s.io/kubernetes/pkg/printers/internalversion"
)

func main() {
	var current []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(r.URL.Path, "/apis/autoscaling/v2/") {
			w.Write(current)
			return
		}
		w.Write([]byte(`{"kind":"EventList","apiVersion":"v1","metadata":{},"items":[]}`))
	}))
	defer server.Close()
	generator := printers.NewTableGenerator().With(printersinternal.AddHandlers)
	describer, ok := describe.DescriberFor(schema.GroupKind{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"},
		&rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}})
	if !ok {
		panic("no describer")
	}
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		current = append([]byte{}, scanner.Bytes()...)
		object, _, err := legacyscheme.Codecs.UniversalDecoder().Decode(current, nil, nil)
		if err != nil {
			panic(err)
		}
		table, err := generator.GenerateTable(object, printers.GenerateOptions{Wide: true})
		if err != nil {
			panic(err)
		}
		text, err := describer.Describe("default", "web", describe.DescriberSettings{ShowEvents: true})
		if err != nil {
			panic(err)
		}
		cells := table.Rows[0].Cells
		out, _ := json.Marshal(map[string]any{"cells": cells[:len(cells)-1], "describe": text})
		fmt.Println(string(out))
	}
	_ = context.Background
	_ = metav1.Now
}
