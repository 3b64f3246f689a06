/**
 * The built-in kinds: for each what the API does with its objects besides what it does with all.
 *
 * @module
 */
import type { KubeObject, models } from "../../../kube/mod.ts";
import type { Kind } from "./_kind.ts";
import { apiservices } from "./apiservices.ts";
import { certificatesigningrequests } from "./certificatesigningrequests.ts";
import { clusterrolebindings } from "./clusterrolebindings.ts";
import { clusterroles } from "./clusterroles.ts";
import { componentstatuses } from "./componentstatuses.ts";
import { configmaps } from "./configmaps.ts";
import { controllerrevisions } from "./controllerrevisions.ts";
import { cronjobs } from "./cronjobs.ts";
import { csidrivers } from "./csidrivers.ts";
import { csinodes } from "./csinodes.ts";
import { csistoragecapacities } from "./csistoragecapacities.ts";
import { customresourcedefinitions } from "./customresourcedefinitions.ts";
import { daemonsets } from "./daemonsets.ts";
import { deployments } from "./deployments.ts";
import { deviceclasses } from "./deviceclasses.ts";
import { endpoints } from "./endpoints.ts";
import { endpointslices } from "./endpointslices.ts";
import { events } from "./events.ts";
import { flowschemas } from "./flowschemas.ts";
import { horizontalpodautoscalers } from "./horizontalpodautoscalers.ts";
import { ingressclasses } from "./ingressclasses.ts";
import { ingresses } from "./ingresses.ts";
import { ipaddresses } from "./ipaddresses.ts";
import { jobs } from "./jobs.ts";
import { leases } from "./leases.ts";
import { limitranges } from "./limitranges.ts";
import { mutatingadmissionpolicies } from "./mutatingadmissionpolicies.ts";
import { mutatingadmissionpolicybindings } from "./mutatingadmissionpolicybindings.ts";
import { mutatingwebhookconfigurations } from "./mutatingwebhookconfigurations.ts";
import { namespaces } from "./namespaces.ts";
import { networkpolicies } from "./networkpolicies.ts";
import { nodes } from "./nodes.ts";
import { persistentvolumeclaims } from "./persistentvolumeclaims.ts";
import { persistentvolumes } from "./persistentvolumes.ts";
import { poddisruptionbudgets } from "./poddisruptionbudgets.ts";
import { pods } from "./pods.ts";
import { podtemplates } from "./podtemplates.ts";
import { priorityclasses } from "./priorityclasses.ts";
import { prioritylevelconfigurations } from "./prioritylevelconfigurations.ts";
import { replicasets } from "./replicasets.ts";
import { replicationcontrollers } from "./replicationcontrollers.ts";
import { resourceclaims } from "./resourceclaims.ts";
import { resourceclaimtemplates } from "./resourceclaimtemplates.ts";
import { resourcequotas } from "./resourcequotas.ts";
import { resourceslices } from "./resourceslices.ts";
import { rolebindings } from "./rolebindings.ts";
import { roles } from "./roles.ts";
import { runtimeclasses } from "./runtimeclasses.ts";
import { scales } from "./scales.ts";
import { secrets } from "./secrets.ts";
import { serviceaccounts } from "./serviceaccounts.ts";
import { servicecidrs } from "./servicecidrs.ts";
import { services } from "./services.ts";
import { statefulsets } from "./statefulsets.ts";
import { storageclasses } from "./storageclasses.ts";
import { validatingadmissionpolicies } from "./validatingadmissionpolicies.ts";
import { validatingadmissionpolicybindings } from "./validatingadmissionpolicybindings.ts";
import { validatingwebhookconfigurations } from "./validatingwebhookconfigurations.ts";
import { volumeattachments } from "./volumeattachments.ts";
import { volumeattributesclasses } from "./volumeattributesclasses.ts";

export type { Kind } from "./_kind.ts";

const KINDS: readonly Kind[] = [
  apiservices,
  certificatesigningrequests,
  clusterrolebindings,
  clusterroles,
  componentstatuses,
  configmaps,
  controllerrevisions,
  cronjobs,
  csidrivers,
  csinodes,
  csistoragecapacities,
  customresourcedefinitions,
  daemonsets,
  deployments,
  deviceclasses,
  endpoints,
  endpointslices,
  events,
  flowschemas,
  horizontalpodautoscalers,
  ingressclasses,
  ingresses,
  ipaddresses,
  jobs,
  leases,
  limitranges,
  mutatingadmissionpolicies,
  mutatingadmissionpolicybindings,
  mutatingwebhookconfigurations,
  namespaces,
  networkpolicies,
  nodes,
  persistentvolumeclaims,
  persistentvolumes,
  poddisruptionbudgets,
  pods,
  podtemplates,
  priorityclasses,
  prioritylevelconfigurations,
  replicasets,
  replicationcontrollers,
  resourceclaims,
  resourceclaimtemplates,
  resourcequotas,
  resourceslices,
  rolebindings,
  roles,
  runtimeclasses,
  scales,
  secrets,
  serviceaccounts,
  servicecidrs,
  services,
  statefulsets,
  storageclasses,
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
  validatingwebhookconfigurations,
  volumeattachments,
  volumeattributesclasses,
];

const BY_RESOURCE = new Map(KINDS.map((kind) => [kind.resource, kind]));

/** Of a resource by its name in the store, `deployments.apps`; one that says nothing for all others. */
export function kindOf(resource: string): Kind {
  return BY_RESOURCE.get(resource) ?? { resource };
}

/** The spec of a pod at a place of an object: `spec.template.spec`. */
export function podSpecOf(object: KubeObject, at: string): models.PodSpec | undefined {
  let value: unknown = object;
  for (const field of at.split(".")) {
    value = (value as Record<string, unknown> | undefined)?.[field];
  }
  return value as models.PodSpec | undefined;
}
