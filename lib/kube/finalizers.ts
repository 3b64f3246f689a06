/** Finalizers that Kubernetes itself puts on objects. Source: apimachinery pkg/apis/meta/v1/types.go. */
export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";
/** Holds a definition until its objects are gone. Source: apiextensions-apiserver pkg/apis/apiextensions/types.go. */
export const CRD_CLEANUP = "customresourcecleanup.apiextensions.k8s.io";
