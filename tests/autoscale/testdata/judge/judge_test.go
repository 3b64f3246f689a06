package podautoscaler

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	v1 "k8s.io/api/core/v1"
	k8serrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	autoscalingclient "k8s.io/client-go/kubernetes/typed/autoscaling/v2"
	corelisters "k8s.io/client-go/listers/core/v1"
	scaleclient "k8s.io/client-go/scale"
	metricsclient "k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/monitor"
	"k8s.io/kubernetes/pkg/controller/util/selectors"
	customapi "k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"
	externalapi "k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	metricsapi "k8s.io/metrics/pkg/apis/metrics/v1beta1"
	resourceclient "k8s.io/metrics/pkg/client/clientset/versioned/typed/metrics/v1beta1"
	customclient "k8s.io/metrics/pkg/client/custom_metrics"
	externalclient "k8s.io/metrics/pkg/client/external_metrics"
)

type listing[T any] struct {
	Error string `json:"error"`
	Items []T    `json:"items"`
}

type step struct {
	AtMs  int64 `json:"atMs"`
	Scale struct {
		Error          string `json:"error"`
		SpecReplicas   int32  `json:"specReplicas"`
		StatusReplicas int32  `json:"statusReplicas"`
		Selector       string `json:"selector"`
	} `json:"scale"`
	Pods        []v1.Pod                                            `json:"pods"`
	PodMetrics  listing[metricsapi.PodMetrics]                      `json:"podMetrics"`
	Custom      map[string]listing[customapi.MetricValue]           `json:"custom"`
	External    map[string]listing[externalapi.ExternalMetricValue] `json:"external"`
	UpdateError string                                              `json:"updateError"`
	Spec        *autoscalingv2.HorizontalPodAutoscalerSpec          `json:"spec"`
}

type past struct {
	Replicas int32 `json:"replicas"`
	Change   int32 `json:"change"`
	AtMs     int64 `json:"atMs"`
}

type kase struct {
	Name    string                                 `json:"name"`
	NowMs   int64                                  `json:"nowMs"`
	Hpa     *autoscalingv2.HorizontalPodAutoscaler `json:"hpa"`
	History *struct {
		Recommendations []past `json:"recommendations"`
		ScaleUps        []past `json:"scaleUps"`
		ScaleDowns      []past `json:"scaleDowns"`
	} `json:"history"`
	Others []struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
		Selector  string `json:"selector"`
	} `json:"others"`
	Options struct {
		Tolerance                float64         `json:"tolerance"`
		DownscaleStabilizationMs int64           `json:"downscaleStabilizationMs"`
		CpuInitializationMs      int64           `json:"cpuInitializationMs"`
		InitialReadinessDelayMs  int64           `json:"initialReadinessDelayMs"`
		FeatureGates             map[string]bool `json:"featureGates"`
	} `json:"options"`
	Steps []step `json:"steps"`
}

type event struct {
	Type    string `json:"type"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

type answer struct {
	Error    string                                       `json:"error,omitempty"`
	ScaledTo *int32                                       `json:"scaledTo"`
	Status   *autoscalingv2.HorizontalPodAutoscalerStatus `json:"status"`
	Events   []event                                      `json:"events"`
}

// ---- fakes

type world struct {
	*step
	hpa    *autoscalingv2.HorizontalPodAutoscaler
	answer *answer
}

type scales struct{ w *world }

func (s scales) Scales(string) scaleclient.ScaleInterface { return scaleOf{s.w} }

type scaleOf struct{ w *world }

func (s scaleOf) Get(_ context.Context, _ schema.GroupResource, name string, _ metav1.GetOptions) (*autoscalingv1.Scale, error) {
	if s.w.Scale.Error != "" {
		return nil, errors.New(s.w.Scale.Error)
	}
	return &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.w.hpa.Namespace},
		Spec:       autoscalingv1.ScaleSpec{Replicas: s.w.Scale.SpecReplicas},
		Status:     autoscalingv1.ScaleStatus{Replicas: s.w.Scale.StatusReplicas, Selector: s.w.Scale.Selector},
	}, nil
}
func (s scaleOf) Update(_ context.Context, _ schema.GroupResource, scale *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	if s.w.UpdateError != "" {
		return nil, errors.New(s.w.UpdateError)
	}
	n := scale.Spec.Replicas
	s.w.answer.ScaledTo = &n
	return scale, nil
}
func (s scaleOf) Patch(context.Context, schema.GroupVersionResource, string, types.PatchType, []byte, metav1.PatchOptions) (*autoscalingv1.Scale, error) {
	panic("patch")
}

type hpas struct {
	autoscalingclient.HorizontalPodAutoscalerInterface
	w *world
}

func (h hpas) HorizontalPodAutoscalers(string) autoscalingclient.HorizontalPodAutoscalerInterface {
	return h
}
func (h hpas) UpdateStatus(_ context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler, _ metav1.UpdateOptions) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	h.w.hpa = h.w.hpa.DeepCopy()
	h.w.hpa.Status = *hpa.Status.DeepCopy()
	return hpa, nil
}

type podLister struct{ w *world }

func (p podLister) List(selector labels.Selector) (ret []*v1.Pod, err error) {
	for i := range p.w.step.Pods {
		if selector.Matches(labels.Set(p.w.step.Pods[i].Labels)) {
			ret = append(ret, &p.w.step.Pods[i])
		}
	}
	return
}
func (p podLister) Pods(string) corelisters.PodNamespaceLister { return podNsLister{p} }

type podNsLister struct{ podLister }

func (p podNsLister) Get(string) (*v1.Pod, error) { panic("get") }

type resourceMetrics struct {
	resourceclient.PodMetricsInterface
	w *world
}

func (r resourceMetrics) PodMetricses(string) resourceclient.PodMetricsInterface { return r }
func (r resourceMetrics) List(context.Context, metav1.ListOptions) (*metricsapi.PodMetricsList, error) {
	if e := r.w.PodMetrics.Error; e != "" {
		return nil, errors.New(e)
	}
	return &metricsapi.PodMetricsList{Items: r.w.PodMetrics.Items}, nil
}

type customMetrics struct {
	w    *world
	root bool
}

func (c customMetrics) RootScopedMetrics() customclient.MetricsInterface {
	return customMetrics{c.w, true}
}
func (c customMetrics) NamespacedMetrics(string) customclient.MetricsInterface {
	return customMetrics{c.w, false}
}
func (c customMetrics) find(key string) ([]customapi.MetricValue, error) {
	l, ok := c.w.Custom[key]
	if !ok {
		panic("no custom metric " + key)
	}
	if l.Error != "" {
		return nil, errors.New(l.Error)
	}
	return l.Items, nil
}
func (c customMetrics) GetForObject(gk schema.GroupKind, name string, metric string, selector labels.Selector) (*customapi.MetricValue, error) {
	items, err := c.find(fmt.Sprintf("object/%s/%s/%s?%s", gk.Kind, name, metric, selector))
	if err != nil {
		return nil, err
	}
	return &items[0], nil
}
func (c customMetrics) GetForObjects(gk schema.GroupKind, _ labels.Selector, metric string, selector labels.Selector) (*customapi.MetricValueList, error) {
	items, err := c.find(fmt.Sprintf("pods/%s?%s", metric, selector))
	if err != nil {
		return nil, err
	}
	return &customapi.MetricValueList{Items: items}, nil
}

type externalMetrics struct{ w *world }

func (e externalMetrics) NamespacedMetrics(string) externalclient.MetricsInterface { return e }
func (e externalMetrics) List(metric string, selector labels.Selector) (*externalapi.ExternalMetricValueList, error) {
	l, ok := e.w.External[fmt.Sprintf("%s?%s", metric, selector)]
	if !ok {
		panic("no external metric " + fmt.Sprintf("%s?%s", metric, selector))
	}
	if l.Error != "" {
		return nil, errors.New(l.Error)
	}
	return &externalapi.ExternalMetricValueList{Items: l.Items}, nil
}

type recorder struct{ w *world }

func (r recorder) Event(_ runtime.Object, t, reason, message string) {
	r.w.answer.Events = append(r.w.answer.Events, event{t, reason, message})
}
func (r recorder) Eventf(o runtime.Object, t, reason, format string, args ...interface{}) {
	r.Event(o, t, reason, fmt.Sprintf(format, args...))
}
func (r recorder) AnnotatedEventf(o runtime.Object, _ map[string]string, t, reason, format string, args ...interface{}) {
	r.Event(o, t, reason, fmt.Sprintf(format, args...))
}

func run(k *kase) []answer {
	start := time.Now()
	time.Sleep(time.UnixMilli(k.NowMs).Sub(start))
	w := &world{hpa: k.Hpa}
	down := time.Duration(k.Options.DownscaleStabilizationMs) * time.Millisecond
	key := k.Hpa.Namespace + "/" + k.Hpa.Name
	mapper := apimeta.NewDefaultRESTMapper([]schema.GroupVersion{{Group: "apps", Version: "v1"}, {Version: "v1"}})
	for _, gvk := range []schema.GroupVersionKind{{Group: "apps", Version: "v1", Kind: "Deployment"}, {Group: "apps", Version: "v1", Kind: "ReplicaSet"}, {Group: "apps", Version: "v1", Kind: "StatefulSet"}, {Group: "", Version: "v1", Kind: "ReplicationController"}} {
		mapper.Add(gvk, apimeta.RESTScopeNamespace)
	}
	a := &HorizontalController{
		eventRecorder:                recorder{w},
		scaleNamespacer:              scales{w},
		hpaNamespacer:                hpas{w: w},
		tolerance:                    k.Options.Tolerance,
		downscaleStabilisationWindow: down,
		monitor:                      monitor.New(),
		mapper:                       mapper,
		recommendations:              map[string][]timestampedRecommendation{},
		scaleUpEvents:                map[string][]timestampedScaleEvent{},
		scaleDownEvents:              map[string][]timestampedScaleEvent{},
		hpaSelectors:                 selectors.NewBiMultimap(),
		podLister:                    podLister{w},
	}
	client := metricsclient.NewRESTMetricsClient(resourceMetrics{w: w}, customMetrics{w: w}, externalMetrics{w})
	a.replicaCalc = NewReplicaCalculator(client, podLister{w}, time.Duration(k.Options.CpuInitializationMs)*time.Millisecond, time.Duration(k.Options.InitialReadinessDelayMs)*time.Millisecond)
	a.hpaSelectors.PutSelector(selectors.Parse(key), labels.Nothing())
	for _, o := range k.Others {
		s, err := labels.Parse(o.Selector)
		if err != nil {
			panic(err)
		}
		a.hpaSelectors.PutSelector(selectors.Key{Name: o.Name, Namespace: o.Namespace}, s)
	}
	if h := k.History; h != nil {
		for _, p := range h.Recommendations {
			a.recommendations[key] = append(a.recommendations[key], timestampedRecommendation{p.Replicas, time.UnixMilli(p.AtMs)})
		}
		for _, p := range h.ScaleUps {
			a.scaleUpEvents[key] = append(a.scaleUpEvents[key], timestampedScaleEvent{p.Change, time.UnixMilli(p.AtMs), false})
		}
		for _, p := range h.ScaleDowns {
			a.scaleDownEvents[key] = append(a.scaleDownEvents[key], timestampedScaleEvent{p.Change, time.UnixMilli(p.AtMs), false})
		}
	}
	var answers []answer
	for i := range k.Steps {
		w.step = &k.Steps[i]
		time.Sleep(time.Until(time.UnixMilli(w.AtMs)))
		if w.step.Spec != nil {
			w.hpa = w.hpa.DeepCopy()
			w.hpa.Spec = *w.step.Spec
		}
		w.answer = &answer{Events: []event{}}
		err := a.reconcileAutoscaler(context.Background(), w.hpa, key)
		if err != nil {
			w.answer.Error = err.Error()
		}
		w.answer.Status = w.hpa.Status.DeepCopy()
		answers = append(answers, *w.answer)
	}
	return answers
}

func TestJudge(t *testing.T) {
	in, err := os.Open(os.Getenv("JUDGE_IN"))
	if err != nil {
		t.Skip("JUDGE_IN is not set")
	}
	out, err := os.Create(os.Getenv("JUDGE_OUT"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 64<<20)
	n := 0
	for scanner.Scan() {
		n++
		k := &kase{}
		if err := json.Unmarshal(scanner.Bytes(), k); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		gates := map[string]bool{"HPAScaleToZero": false, "HPAConfigurableTolerance": true, "PodLevelResources": true}
		for g, on := range k.Options.FeatureGates {
			gates[g] = on
		}
		if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(gates); err != nil {
			t.Fatal(err)
		}
		var answers []answer
		func() {
			defer func() {
				if r := recover(); r != nil {
					answers = []answer{{Error: fmt.Sprintf("PANIC %v", r)}}
				}
			}()
			synctest.Test(t, func(t *testing.T) {
				defer func() {
					if r := recover(); r != nil {
						answers = []answer{{Error: fmt.Sprintf("PANIC %v", r)}}
					}
				}()
				answers = run(k)
			})
		}()
		text, err := json.Marshal(answers)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(out, "%s\n", text)
	}
	_ = k8serrors.IsNotFound
}
