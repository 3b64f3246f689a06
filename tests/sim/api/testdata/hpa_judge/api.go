// Command api shows manifests of HorizontalPodAutoscalers to upstream's own API machinery.
//
// Each line of standard input is {"object": …, "old": …, "v1status": …}; each line of standard output is what
// kube-apiserver would store and serve, or why it refuses.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
)

type line struct {
	Object     json.RawMessage `json:"object"`
	Old        json.RawMessage `json:"old"`
	KeepStatus bool            `json:"keepStatus"`
}

type result struct {
	DecodeError string               `json:"decodeError,omitempty"`
	Message     string               `json:"message,omitempty"`
	Causes      []metav1.StatusCause `json:"causes,omitempty"`
	V1          json.RawMessage      `json:"v1,omitempty"`
	V2          json.RawMessage      `json:"v2,omitempty"`
}

func decode(raw []byte) (*autoscaling.HorizontalPodAutoscaler, error) {
	object, _, err := legacyscheme.Codecs.UniversalDecoder().Decode(raw, nil, nil)
	if err != nil {
		return nil, err
	}
	hpa, ok := object.(*autoscaling.HorizontalPodAutoscaler)
	if !ok {
		return nil, fmt.Errorf("no HPA: %T", object)
	}
	return hpa, nil
}

func encode(hpa runtime.Object, version string) json.RawMessage {
	info, _ := runtime.SerializerInfoForMediaType(legacyscheme.Codecs.SupportedMediaTypes(), "application/json")
	encoder := legacyscheme.Codecs.EncoderForVersion(info.Serializer, schema.GroupVersion{Group: "autoscaling", Version: version})
	text, err := runtime.Encode(encoder, hpa)
	if err != nil {
		panic(err)
	}
	return text
}

func run(l line) result {
	hpa, err := decode(l.Object)
	if err != nil {
		return result{DecodeError: err.Error()}
	}
	ctx := genericapirequest.WithNamespace(context.Background(), hpa.Namespace)
	ctx = genericapirequest.WithRequestInfo(ctx, &genericapirequest.RequestInfo{APIGroup: "autoscaling", APIVersion: "v2"})
	strategy := horizontalpodautoscaler.Strategy
	var errs field.ErrorList
	status := hpa.Status.DeepCopy()
	if l.Old != nil {
		old, err := decode(l.Old)
		if err != nil {
			panic(err)
		}
		old.ResourceVersion, hpa.ResourceVersion = "1", "1"
		strategy.PrepareForUpdate(ctx, hpa, old)
		errs = strategy.ValidateUpdate(ctx, hpa, old)
		hpa.ResourceVersion = ""
	} else {
		strategy.PrepareForCreate(ctx, hpa)
		errs = strategy.Validate(ctx, hpa)
	}
	if len(errs) > 0 {
		invalid := apierrors.NewInvalid(schema.GroupKind{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}, hpa.Name, errs)
		return result{Message: invalid.ErrStatus.Message, Causes: invalid.ErrStatus.Details.Causes}
	}
	if l.KeepStatus {
		hpa.Status = *status
	}
	// What is served has been in the store, and decoding it there fills in the defaults once more.
	stored, err := decode(encode(hpa, "v2"))
	if err != nil {
		panic(err)
	}
	return result{V1: encode(stored, "v1"), V2: encode(stored, "v2")}
}

func main() {
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var l line
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			panic(err)
		}
		text, err := json.Marshal(run(l))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(text))
	}
}
