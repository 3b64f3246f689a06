// Command recorder asks Kubernetes for the quality of service of pods: a JSON list of cases on standard input,
// the recording on standard output. Run by ../record_qos.ts.
package main

import (
	"encoding/json"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/apis/core/v1/helper/qos"
)

func main() {
	var cases []struct {
		Name string     `json:"name"`
		Spec v1.PodSpec `json:"spec"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	classes := map[string]v1.PodQOSClass{}
	for _, one := range cases {
		classes[one.Name] = qos.ComputePodQOS(&v1.Pod{Spec: one.Spec})
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	out.Encode(map[string]any{"kubernetes": "v1.36.3", "classes": classes})
}
