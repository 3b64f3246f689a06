import type * as models from "./_models.ts";
import type { ObjectMeta } from "./types.ts";

/** A built-in kind's object as it is stored: of its model, with the metadata that every stored object has. */
type Stored<Model> = Omit<Model, "apiVersion" | "kind" | "metadata"> & {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
};

/** An object as it comes from outside: any part may be missing, and a choice may be none of those there are. */
export type Loose<T> = unknown extends T ? T
  : T extends string ? string
  : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer Item)[] ? Loose<Item>[]
  : string extends keyof T ? T
  : { [Field in keyof T]?: Loose<T[Field]> };

/** A built-in kind's object as a server gives it: which one it is stands there, any other part may be missing. */
export type Served<Resource extends keyof BuiltInKinds> =
  & Omit<Loose<BuiltInKinds[Resource]>, "apiVersion" | "kind" | "metadata">
  & Pick<BuiltInKinds[Resource], "apiVersion" | "kind" | "metadata">;

/** The objects of the built-in kinds, by the resource that serves them: its plural, and its group where it has one. */
export interface BuiltInKinds {
  "apiservices.apiregistration.k8s.io": Stored<models.APIService>;
  "certificatesigningrequests.certificates.k8s.io": Stored<models.CertificateSigningRequest>;
  "clusterrolebindings.rbac.authorization.k8s.io": Stored<models.ClusterRoleBinding>;
  "clusterroles.rbac.authorization.k8s.io": Stored<models.ClusterRole>;
  "configmaps": Stored<models.ConfigMap>;
  "controllerrevisions.apps": Stored<models.ControllerRevision>;
  "cronjobs.batch": Stored<models.CronJob>;
  "csidrivers.storage.k8s.io": Stored<models.CSIDriver>;
  "csinodes.storage.k8s.io": Stored<models.CSINode>;
  "customresourcedefinitions.apiextensions.k8s.io": Stored<models.CustomResourceDefinition>;
  "daemonsets.apps": Stored<models.DaemonSet>;
  "deployments.apps": Stored<models.Deployment>;
  "endpoints": Stored<models.Endpoints>;
  "endpointslices.discovery.k8s.io": Stored<models.EndpointSlice>;
  "events": Stored<models.Event>;
  "horizontalpodautoscalers.autoscaling": Stored<models.HorizontalPodAutoscaler>;
  "ingressclasses.networking.k8s.io": Stored<models.IngressClass>;
  "ingresses.networking.k8s.io": Stored<models.Ingress>;
  "jobs.batch": Stored<models.Job>;
  "leases.coordination.k8s.io": Stored<models.Lease>;
  "limitranges": Stored<models.LimitRange>;
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": Stored<
    models.MutatingWebhookConfiguration
  >;
  "namespaces": Stored<models.Namespace>;
  "networkpolicies.networking.k8s.io": Stored<models.NetworkPolicy>;
  "nodes": Stored<models.Node>;
  "persistentvolumeclaims": Stored<models.PersistentVolumeClaim>;
  "persistentvolumes": Stored<models.PersistentVolume>;
  "poddisruptionbudgets.policy": Stored<models.PodDisruptionBudget>;
  "pods": Stored<models.Pod>;
  "podtemplates": Stored<models.PodTemplate>;
  "priorityclasses.scheduling.k8s.io": Stored<models.PriorityClass>;
  "replicasets.apps": Stored<models.ReplicaSet>;
  "replicationcontrollers": Stored<models.ReplicationController>;
  "resourcequotas": Stored<models.ResourceQuota>;
  "rolebindings.rbac.authorization.k8s.io": Stored<models.RoleBinding>;
  "roles.rbac.authorization.k8s.io": Stored<models.Role>;
  "secrets": Stored<models.Secret>;
  "serviceaccounts": Stored<models.ServiceAccount>;
  "services": Stored<models.Service>;
  "statefulsets.apps": Stored<models.StatefulSet>;
  "storageclasses.storage.k8s.io": Stored<models.StorageClass>;
  "validatingadmissionpolicies.admissionregistration.k8s.io": Stored<
    models.ValidatingAdmissionPolicy
  >;
  "validatingadmissionpolicybindings.admissionregistration.k8s.io": Stored<
    models.ValidatingAdmissionPolicyBinding
  >;
  "validatingwebhookconfigurations.admissionregistration.k8s.io": Stored<
    models.ValidatingWebhookConfiguration
  >;
  "volumeattachments.storage.k8s.io": Stored<models.VolumeAttachment>;
}
