// Reads the manifests of deploy/ into the very types of the operator and of Kubernetes: an unknown field, or a value of another type, is refused.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	esv1 "github.com/elastic/cloud-on-k8s/v3/pkg/apis/elasticsearch/v1"
	kbv1 "github.com/elastic/cloud-on-k8s/v3/pkg/apis/kibana/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

var kinds = map[string]func() any{
	"elasticsearch.k8s.elastic.co/v1 Elasticsearch": func() any { return &esv1.Elasticsearch{} },
	"kibana.k8s.elastic.co/v1 Kibana":               func() any { return &kbv1.Kibana{} },
	"batch/v1 Job":                                  func() any { return &batchv1.Job{} },
}

// Parts of the chart's values that are Kubernetes' own.
type values struct {
	Env          []corev1.EnvVar        `json:"env"`
	Volumes      []corev1.Volume        `json:"volumes"`
	VolumeMounts []corev1.VolumeMount   `json:"volumeMounts"`
	ExtraEnvFrom string                 `json:"extraEnvFrom"`
	Security     map[string]securityFor `json:"securityContexts"`
}

type securityFor = corev1.SecurityContext

func main() {
	if len(os.Args) < 3 {
		fail("usage: go run . VALUES MANIFEST…")
	}
	for _, file := range os.Args[2:] {
		content, err := os.ReadFile(file)
		refuse(file, err)
		refuse(file, manifests(file, content))
	}
	content, err := os.ReadFile(os.Args[1])
	refuse(os.Args[1], err)
	refuse(os.Args[1], chart(content))
}

func manifests(file string, content []byte) error {
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	for {
		document, err := documents.Read()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var what metav1.TypeMeta
		if err := strict.Unmarshal(document, &what); err != nil {
			return err
		}
		made, known := kinds[what.APIVersion+" "+what.Kind]
		if !known {
			return fmt.Errorf("%s %s is of no kind that is known here", what.APIVersion, what.Kind)
		}
		resource := made()
		if err := strict.UnmarshalStrict(document, resource); err != nil {
			return err
		}
		fmt.Printf("%s: %s %s\n", file, what.Kind, resource.(metav1.Object).GetName())
	}
}

// chart checks what of the chart's values has Kubernetes' types; the others are the chart's own and are left to `helm lint`.
func chart(content []byte) error {
	var all map[string]any
	if err := strict.UnmarshalStrict(content, &all); err != nil {
		return err
	}
	own := map[string]any{}
	for _, name := range []string{"env", "volumes", "volumeMounts", "extraEnvFrom", "securityContexts"} {
		own[name] = all[name]
	}
	part, err := strict.Marshal(own)
	if err != nil {
		return err
	}
	var read values
	if err := strict.UnmarshalStrict(part, &read); err != nil {
		return err
	}
	var from []corev1.EnvFromSource
	return strict.UnmarshalStrict([]byte(read.ExtraEnvFrom), &from)
}

func refuse(file string, err error) {
	if err != nil {
		fail(fmt.Sprintf("%s: %v", file, err))
	}
}

func fail(reason string) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}
