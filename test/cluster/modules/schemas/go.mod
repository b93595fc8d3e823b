module token-injector.test/schemas

go 1.26.0

// Nothing is built from these: they carry the schemas that the manifests of the chart are held against. The Kubernetes
// is the oldest that the chart allows.
require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
	k8s.io/kubernetes v1.31.0
)
