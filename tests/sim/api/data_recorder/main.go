// Command recorder writes what kube-apiserver keeps of API priority and fairness from its start, and the protocol buffers of every kind that kube-apiserver serves: of each message its fields, by
// number, JSON name, type and whether they are written when empty. They are read from Go's own struct tags, which the
// generated marshallers follow (k8s.io/code-generator cmd/go-to-protobuf). Run by ../record_data.ts.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// Types whose JSON is not that of their fields.
var special = map[reflect.Type]string{
	reflect.TypeOf(metav1.Time{}):                                "time",
	reflect.TypeOf(metav1.MicroTime{}):                           "microTime",
	reflect.TypeOf(metav1.FieldsV1{}):                            "fields",
	reflect.TypeOf(resource.Quantity{}):                          "quantity",
	reflect.TypeOf(intstr.IntOrString{}):                         "intOrString",
	reflect.TypeOf(runtime.RawExtension{}):                       "raw",
	reflect.TypeOf(apiextensions.JSON{}):                         "raw",
	reflect.TypeOf(apiextensions.JSONSchemaPropsOrBool{}):        "orBool@apiextensions.v1.JSONSchemaProps",
	reflect.TypeOf(apiextensions.JSONSchemaPropsOrArray{}):       "orArray@apiextensions.v1.JSONSchemaProps",
	reflect.TypeOf(apiextensions.JSONSchemaPropsOrStringArray{}): "orStrings@apiextensions.v1.JSONSchemaProps",
}

var messages = map[string][]string{}

func main() {
	given := struct{ Served []string }{}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	served := map[string]bool{}
	for _, version := range given.Served {
		served[version] = true
	}
	if err := apiextensions.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	if err := apiregistration.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	roots, options := map[string]string{}, map[string]string{}
	for kind, goType := range scheme.Scheme.AllKnownTypes() {
		version := kind.GroupVersion().String()
		isMeta := strings.HasSuffix(goType.PkgPath(), "meta/v1")
		switch {
		case !served[version] || strings.HasSuffix(kind.Kind, "List"):
		case isMeta && strings.HasSuffix(kind.Kind, "Options"):
			options[kind.Kind] = message(goType)
		case !isMeta:
			roots[version+" "+kind.Kind] = message(goType)
		}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	if err := out.Encode(map[string]any{"flowcontrol": map[string]any{
		"levels":  append(bootstrap.MandatoryPriorityLevelConfigurations, bootstrap.SuggestedPriorityLevelConfigurations...),
		"schemas": append(bootstrap.MandatoryFlowSchemas, bootstrap.SuggestedFlowSchemas...),
	}, "protobuf": map[string]any{
		"messages": messages,
		"options":  options,
		"recorded": "k8s.io/api, k8s.io/apiextensions-apiserver and k8s.io/kube-aggregator v0.36.3: field numbers, JSON names and types of the published protocol buffers",
		"roots":    roots,
	}}); err != nil {
		panic(err)
	}
}

// message is the name of a struct's message, which is now known with those it holds.
func message(goType reflect.Type) string {
	parts := strings.Split(goType.PkgPath(), "/")
	name := strings.Join(parts[len(parts)-2:], ".") + "." + goType.Name()
	if _, known := messages[name]; known {
		return name
	}
	messages[name] = nil
	lines := []string{}
	for i := 0; i < goType.NumField(); i++ {
		field := goType.Field(i)
		tag := strings.Split(field.Tag.Get("protobuf"), ",")
		if len(tag) < 2 {
			continue
		}
		options := strings.Split(field.Tag.Get("json"), ",")
		always := "!"
		for _, option := range options[1:] {
			if option == "omitempty" || option == "omitzero" || option == "inline" {
				always = ""
			}
		}
		lines = append(lines, tag[1]+" "+options[0]+always+" "+typeOf(field.Type))
	}
	messages[name] = lines
	return name
}

func typeOf(goType reflect.Type) string {
	if found, ok := special[goType]; ok {
		return found
	}
	switch goType.Kind() {
	case reflect.Pointer:
		return "*" + typeOf(goType.Elem())
	case reflect.Slice:
		if goType.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + typeOf(goType.Elem())
	case reflect.Map:
		element := goType.Elem()
		if element.Kind() == reflect.Slice && element.Elem().Kind() == reflect.String {
			return "map items"
		}
		return "map " + typeOf(element)
	case reflect.Struct:
		return "@" + message(goType)
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Float32, reflect.Float64:
		return "double"
	default:
		return "int"
	}
}
