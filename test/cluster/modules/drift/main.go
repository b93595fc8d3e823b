// Drift compares manifests with the objects in a cluster in the way of the tools that would otherwise find a difference
// and undo it: Argo CD, by its engine, and Flux, by its library for server-side apply.
//
// Usage: drift --kubeconfig FILE --manifests FILE [--namespace NAMESPACE]
//
// It writes a line of JSON for each object and each way of comparing. Of what differs it names the fields and never the
// values, since manifests may hold Secrets.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"sort"

	argo "github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/fluxcd/pkg/ssa"
	fluxdiff "github.com/fluxcd/pkg/ssa/jsondiff"
	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kube-openapi/pkg/util/proto"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

// The names by which the tools own what they apply.
const (
	argoManager          = "argocd-controller"
	kustomizationManager = "kustomize-controller"
	helmReleaseManager   = "helm-controller"
)

type finding struct {
	Engine    string   `json:"engine"`
	Kind      string   `json:"kind"`
	Namespace string   `json:"namespace,omitempty"`
	Name      string   `json:"name"`
	Changed   bool     `json:"changed"`
	Fields    []string `json:"fields,omitempty"`
}

// An engine tells whether an object is other than wanted, and in which fields as far as it knows; live is nil if there is none.
type engine struct {
	name    string
	compare func(ctx context.Context, wanted, live *unstructured.Unstructured) (bool, []string, error)
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "of the cluster that holds the objects")
	manifests := flag.String("manifests", "-", "file with the wanted objects, - for the standard input")
	namespace := flag.String("namespace", "default", "of objects that name none")
	flag.Parse()
	ctrllog.SetLogger(logr.Discard())
	if err := run(context.Background(), *kubeconfig, *manifests, *namespace); err != nil {
		fmt.Fprintln(os.Stderr, "drift:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig, manifests, namespace string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	cluster, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	engines, err := allEngines(config, cluster)
	if err != nil {
		return err
	}
	objects, err := readObjects(manifests)
	if err != nil {
		return err
	}
	output := json.NewEncoder(os.Stdout)
	for _, wanted := range objects {
		if err := completeNamespace(cluster, wanted, namespace); err != nil {
			return err
		}
		live, err := find(ctx, cluster, wanted)
		if err != nil {
			return err
		}
		for _, engine := range engines {
			changed, fields, err := engine.compare(ctx, wanted.DeepCopy(), live.DeepCopy())
			if err != nil {
				return fmt.Errorf("%s, %s %s: %w", engine.name, wanted.GetKind(), wanted.GetName(), err)
			}
			sort.Strings(fields)
			found := finding{engine.name, wanted.GetKind(), wanted.GetNamespace(), wanted.GetName(), changed, fields}
			if err := output.Encode(found); err != nil {
				return err
			}
		}
	}
	return nil
}

func allEngines(config *rest.Config, cluster client.Client) ([]engine, error) {
	parser, err := typeParser(config)
	if err != nil {
		return nil, err
	}
	common := []argo.Option{
		argo.WithNormalizer(withoutStatus{}),
		argo.WithLogr(logr.Discard()),
		argo.WithManager(argoManager),
		argo.WithGVKParser(parser),
	}
	with := func(options ...argo.Option) []argo.Option { return append(options, common...) }
	kustomization := ssa.NewResourceManager(cluster, nil, ssa.Owner{Field: kustomizationManager})
	return []engine{
		// What an Application does by default, with the option ServerSideApply, and with ServerSideDiff.
		{"argocd", argoEngine(with())},
		{"argocd-structured-merge", argoEngine(with(argo.WithStructuredMergeDiff(true)))},
		{"argocd-server-side", argoEngine(with(
			argo.WithServerSideDiff(true),
			argo.WithServerSideDryRunner(dryRunner{cluster}),
		))},
		// What a Kustomization does, and a HelmRelease with drift detection.
		{"flux-kustomization", func(ctx context.Context, wanted, _ *unstructured.Unstructured) (bool, []string, error) {
			entry, live, merged, err := kustomization.Diff(ctx, wanted, ssa.DefaultDiffOptions())
			if err != nil {
				return false, nil, err
			}
			var fields []string
			if live != nil && merged != nil {
				fields = differences("", live.Object, merged.Object)
			}
			return entry.Action != ssa.UnchangedAction, fields, nil
		}},
		{"flux-helmrelease", func(ctx context.Context, wanted, _ *unstructured.Unstructured) (bool, []string, error) {
			found, err := fluxdiff.Unstructured(ctx, cluster, wanted,
				fluxdiff.FieldOwner(helmReleaseManager), fluxdiff.MaskSecrets(true), fluxdiff.Rationalize(true))
			if err != nil {
				return false, nil, err
			}
			var fields []string
			for _, operation := range found.Patch {
				fields = append(fields, operation.Path)
			}
			return found.Type != fluxdiff.DiffTypeNone, fields, nil
		}},
	}, nil
}

func argoEngine(options []argo.Option) func(context.Context, *unstructured.Unstructured, *unstructured.Unstructured) (bool, []string, error) {
	return func(_ context.Context, wanted, live *unstructured.Unstructured) (bool, []string, error) {
		result, err := argo.Diff(wanted, live, options...)
		if err != nil {
			return false, nil, err
		}
		var before, after any
		if err := errors.Join(json.Unmarshal(result.NormalizedLive, &before), json.Unmarshal(result.PredictedLive, &after)); err != nil {
			return false, nil, err
		}
		return result.Modified, differences("", before, after), nil
	}
}

// Argo CD leaves the status of every kind alone unless it is told otherwise.
type withoutStatus struct{}

func (withoutStatus) Normalize(object *unstructured.Unstructured) error {
	unstructured.RemoveNestedField(object.Object, "status")
	return nil
}

// Applies without effect, as Argo CD has kubectl do.
type dryRunner struct{ cluster client.Client }

func (runner dryRunner) Run(ctx context.Context, object *unstructured.Unstructured, manager string) (string, error) {
	result := object.DeepCopy()
	err := runner.cluster.Patch(ctx, result, client.Apply, client.DryRunAll, client.ForceOwnership, client.FieldOwner(manager))
	if err != nil {
		return "", err
	}
	text, err := result.MarshalJSON()
	return string(text), err
}

func typeParser(config *rest.Config) (*managedfields.GvkParser, error) {
	server, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	document, err := server.OpenAPISchema()
	if err != nil {
		return nil, err
	}
	models, err := proto.NewOpenAPIData(document)
	if err != nil {
		return nil, err
	}
	return managedfields.NewGVKParser(models, false)
}

func readObjects(file string) ([]*unstructured.Unstructured, error) {
	input := os.Stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer opened.Close()
		input = opened
	}
	decoder := yaml.NewYAMLOrJSONDecoder(input, 4096)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(&object.Object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		// A template that renders to nothing leaves an empty document.
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

func completeNamespace(cluster client.Client, object *unstructured.Unstructured, namespace string) error {
	namespaced, err := cluster.IsObjectNamespaced(object)
	if err == nil && namespaced && object.GetNamespace() == "" {
		object.SetNamespace(namespace)
	}
	return err
}

func find(ctx context.Context, cluster client.Client, wanted *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(wanted.GroupVersionKind())
	err := cluster.Get(ctx, client.ObjectKeyFromObject(wanted), live)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return live, err
}

// The paths of fields that are not the same.
func differences(path string, one, other any) []string {
	first, isMap := one.(map[string]any)
	second, areMaps := other.(map[string]any)
	if !isMap || !areMaps {
		firstList, isList := one.([]any)
		secondList, areLists := other.([]any)
		if !isList || !areLists || len(firstList) != len(secondList) {
			if reflect.DeepEqual(one, other) {
				return nil
			}
			return []string{path}
		}
		var found []string
		for index := range firstList {
			found = append(found, differences(fmt.Sprintf("%s/%d", path, index), firstList[index], secondList[index])...)
		}
		return found
	}
	keys := map[string]bool{}
	for key := range first {
		keys[key] = true
	}
	for key := range second {
		keys[key] = true
	}
	var found []string
	for key := range keys {
		found = append(found, differences(path+"/"+key, first[key], second[key])...)
	}
	return found
}
