// Command recorder asks Kubernetes for the defaults of objects: a JSON list of objects on standard input,
// the recording on standard output, null for what cannot be decoded. Run by ../record_defaults.ts.
package main

import (
	"encoding/json"
	"os"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
)

func main() {
	var given []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	made := make([]any, len(given))
	decoder := legacyscheme.Codecs.UniversalDeserializer()
	for i, text := range given {
		object, _, err := decoder.Decode(text, nil, nil)
		if err != nil {
			continue
		}
		legacyscheme.Scheme.Default(object)
		made[i] = object
	}
	out := json.NewEncoder(os.Stdout)
	out.Encode(map[string]any{"kubernetes": "v1.36.3", "objects": made})
}
