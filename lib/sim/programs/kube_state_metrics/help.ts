/**
 * What each family says of itself.
 * Source: kubernetes/kube-state-metrics internal/store (v2.20).
 */
export const HELP: Readonly<Record<string, string>> = {
  kube_pod_info: "Information about pod.",
  kube_pod_ips: "Pod IP addresses",
  kube_pod_start_time: "Start time in unix timestamp for a pod.",
  kube_pod_completion_time: "Completion time in unix timestamp for a pod.",
  kube_pod_owner: "Information about the Pod's owner.",
  kube_pod_created: "Unix creation timestamp",
  kube_pod_deletion_timestamp: "Unix deletion timestamp",
  kube_pod_restart_policy: "Describes the restart policy in use by this pod.",
  kube_pod_status_scheduled_time: "Unix timestamp when pod moved into scheduled status",
  kube_pod_status_phase: "The pods current phase.",
  kube_pod_status_ready: "Describes whether the pod is ready to serve requests.",
  kube_pod_status_ready_time: "Readiness achieved time in unix timestamp for a pod.",
  kube_pod_status_initialized_time: "Initialized time in unix timestamp for a pod.",
  kube_pod_status_container_ready_time:
    "Readiness achieved time in unix timestamp for a pod containers.",
  kube_pod_status_scheduled: "Describes the status of the scheduling process for the pod.",
  kube_pod_status_qos_class: "The pods current qosClass.",
  kube_pod_status_reason: "The pod status reasons",
  kube_pod_status_unschedulable: "Describes the unschedulable status for the pod.",
  kube_pod_container_info: "Information about a container in a pod.",
  kube_pod_container_status_waiting:
    "Describes whether the container is currently in waiting state.",
  kube_pod_container_status_waiting_reason:
    "Describes the reason the container is currently in waiting state.",
  kube_pod_container_status_running:
    "Describes whether the container is currently in running state.",
  kube_pod_container_state_started: "Start time in unix timestamp for a pod container.",
  kube_pod_container_status_terminated:
    "Describes whether the container is currently in terminated state.",
  kube_pod_container_status_terminated_reason:
    "Describes the reason the container is currently in terminated state.",
  kube_pod_container_status_last_terminated_reason:
    "Describes the last reason the container was in terminated state.",
  kube_pod_container_status_last_terminated_exitcode:
    "Describes the exit code for the last container in terminated state.",
  kube_pod_container_status_ready: "Describes whether the containers readiness check succeeded.",
  kube_pod_container_status_restarts_total: "The number of container restarts per container.",
  kube_pod_container_resource_requests:
    "The number of requested request resource by a container. It is recommended to use the kube_pod_resource_requests metric exposed by kube-scheduler instead, as it is more precise.",
  kube_pod_container_resource_limits:
    "The number of requested limit resource by a container. It is recommended to use the kube_pod_resource_limits metric exposed by kube-scheduler instead, as it is more precise.",
  kube_pod_init_container_info: "Information about an init container in a pod.",
  kube_pod_init_container_status_waiting:
    "Describes whether the init container is currently in waiting state.",
  kube_pod_init_container_status_running:
    "Describes whether the init container is currently in running state.",
  kube_pod_init_container_status_terminated:
    "Describes whether the init container is currently in terminated state.",
  kube_pod_init_container_status_ready:
    "Describes whether the init containers readiness check succeeded.",
  kube_pod_init_container_status_restarts_total: "The number of restarts for the init container.",
  kube_pod_tolerations: "Information about the pod tolerations",
  kube_pod_service_account: "The service account for a pod.",
  kube_deployment_created: "Unix creation timestamp",
  kube_deployment_owner: "Information about the Deployment's owner.",
  kube_deployment_status_replicas: "The number of replicas per deployment.",
  kube_deployment_status_replicas_ready: "The number of ready replicas per deployment.",
  kube_deployment_status_replicas_available: "The number of available replicas per deployment.",
  kube_deployment_status_replicas_unavailable: "The number of unavailable replicas per deployment.",
  kube_deployment_status_replicas_updated: "The number of updated replicas per deployment.",
  kube_deployment_status_observed_generation:
    "The generation observed by the deployment controller.",
  kube_deployment_status_condition: "The current status conditions of a deployment.",
  kube_deployment_spec_replicas: "Number of desired pods for a deployment.",
  kube_deployment_spec_paused:
    "Whether the deployment is paused and will not be processed by the deployment controller.",
  kube_deployment_spec_strategy_rollingupdate_max_unavailable:
    "Maximum number of unavailable replicas during a rolling update of a deployment.",
  kube_deployment_spec_strategy_rollingupdate_max_surge:
    "Maximum number of replicas that can be scheduled above the desired number of replicas during a rolling update of a deployment.",
  kube_deployment_metadata_generation:
    "Sequence number representing a specific generation of the desired state.",
  kube_deployment_deletion_timestamp: "Unix deletion timestamp",
  kube_replicaset_created: "Unix creation timestamp",
  kube_replicaset_status_replicas: "The number of replicas per ReplicaSet.",
  kube_replicaset_status_fully_labeled_replicas:
    "The number of fully labeled replicas per ReplicaSet.",
  kube_replicaset_status_ready_replicas: "The number of ready replicas per ReplicaSet.",
  kube_replicaset_status_observed_generation:
    "The generation observed by the ReplicaSet controller.",
  kube_replicaset_spec_replicas: "Number of desired pods for a ReplicaSet.",
  kube_replicaset_metadata_generation:
    "Sequence number representing a specific generation of the desired state.",
  kube_replicaset_owner: "Information about the ReplicaSet's owner.",
  kube_statefulset_created: "Unix creation timestamp",
  kube_statefulset_status_replicas: "The number of replicas per StatefulSet.",
  kube_statefulset_status_replicas_available: "The number of available replicas per StatefulSet.",
  kube_statefulset_status_replicas_current: "The number of current replicas per StatefulSet.",
  kube_statefulset_status_replicas_ready: "The number of ready replicas per StatefulSet.",
  kube_statefulset_status_replicas_updated: "The number of updated replicas per StatefulSet.",
  kube_statefulset_status_observed_generation:
    "The generation observed by the StatefulSet controller.",
  kube_statefulset_replicas: "Number of desired pods for a StatefulSet.",
  kube_statefulset_metadata_generation:
    "Sequence number representing a specific generation of the desired state for the StatefulSet.",
  kube_statefulset_persistentvolumeclaim_retention_policy:
    "Count of retention policy for StatefulSet template PVCs",
  kube_statefulset_status_current_revision:
    "Indicates the version of the StatefulSet used to generate Pods in the sequence [0,currentReplicas).",
  kube_statefulset_status_update_revision:
    "Indicates the version of the StatefulSet used to generate Pods in the sequence [replicas-updatedReplicas,replicas)",
  kube_daemonset_created: "Unix creation timestamp",
  kube_daemonset_status_current_number_scheduled:
    "The number of nodes running at least one daemon pod and are supposed to.",
  kube_daemonset_status_desired_number_scheduled:
    "The number of nodes that should be running the daemon pod.",
  kube_daemonset_status_number_available:
    "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available",
  kube_daemonset_status_number_misscheduled:
    "The number of nodes running a daemon pod but are not supposed to.",
  kube_daemonset_status_number_ready:
    "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and ready.",
  kube_daemonset_status_number_unavailable:
    "The number of nodes that should be running the daemon pod and have none of the daemon pod running and available",
  kube_daemonset_status_observed_generation:
    "The most recent generation observed by the daemon set controller.",
  kube_daemonset_status_updated_number_scheduled:
    "The total number of nodes that are running updated daemon pod",
  kube_daemonset_metadata_generation:
    "Sequence number representing a specific generation of the desired state.",
  kube_service_info: "Information about service.",
  kube_service_created: "Unix creation timestamp",
  kube_service_spec_type: "Type about service.",
  kube_service_spec_external_ip: "Service external ips. One series for each ip",
  kube_service_status_load_balancer_ingress: "Service load balancer ingress status",
  kube_node_created: "Unix creation timestamp",
  kube_node_info: "Information about a cluster node.",
  kube_node_role: "The role of a cluster node.",
  kube_node_spec_pod_cidrs: "The pod CIDRs of a cluster node.",
  kube_node_spec_taint: "The taint of a cluster node.",
  kube_node_spec_unschedulable: "Whether a node can schedule new pods.",
  kube_node_status_addresses: "Node address information.",
  kube_node_status_allocatable:
    "The allocatable for different resources of a node that are available for scheduling.",
  kube_node_status_capacity: "The capacity for different resources of a node.",
  kube_node_status_condition: "The condition of a cluster node.",
  kube_namespace_created: "Unix creation timestamp",
  kube_namespace_status_phase: "kubernetes namespace status phase.",
  kube_horizontalpodautoscaler_info: "Information about this autoscaler.",
  kube_horizontalpodautoscaler_metadata_generation:
    "The generation observed by the HorizontalPodAutoscaler controller.",
  kube_horizontalpodautoscaler_spec_max_replicas:
    "Upper limit for the number of pods that can be set by the autoscaler; cannot be smaller than MinReplicas.",
  kube_horizontalpodautoscaler_spec_min_replicas:
    "Lower limit for the number of pods that can be set by the autoscaler, default 1.",
  kube_horizontalpodautoscaler_spec_target_metric:
    "The metric specifications used by this autoscaler when calculating the desired replica count.",
  kube_horizontalpodautoscaler_status_target_metric:
    "The current metric status used by this autoscaler when calculating the desired replica count.",
  kube_horizontalpodautoscaler_status_current_replicas:
    "Current number of replicas of pods managed by this autoscaler.",
  kube_horizontalpodautoscaler_status_desired_replicas:
    "Desired number of replicas of pods managed by this autoscaler.",
  kube_horizontalpodautoscaler_status_condition: "The condition of this autoscaler.",
  kube_horizontalpodautoscaler_created: "Unix creation timestamp",
  kube_configmap_info: "Information about configmap.",
  kube_configmap_created: "Unix creation timestamp",
  kube_configmap_metadata_resource_version:
    "Resource version representing a specific version of the configmap.",
  kube_secret_info: "Information about secret.",
  kube_secret_type: "Type about secret.",
  kube_secret_created: "Unix creation timestamp",
  kube_secret_metadata_resource_version:
    "Resource version representing a specific version of secret.",
  kube_secret_owner: "Information about the Secret's owner.",
  kube_endpointslice_info: "Information about endpointslice.",
  kube_endpointslice_created: "Unix creation timestamp",
  kube_endpointslice_endpoints: "Endpoints attached to the endpointslice.",
  kube_endpointslice_ports: "Ports attached to the endpointslice.",
  kube_job_info: "Information about job.",
  kube_job_created: "Unix creation timestamp",
  kube_job_owner: "Information about the Job's owner.",
  kube_job_spec_completions:
    "The desired number of successfully finished pods the job should be run with.",
  kube_job_spec_parallelism:
    "The maximum desired number of pods the job should run at any given time.",
  kube_job_status_active: "The number of actively running pods.",
  kube_job_status_succeeded: "The number of pods which reached Phase Succeeded.",
  kube_job_status_failed:
    "The number of pods which reached Phase Failed and the reason for failure.",
  kube_job_complete: "The job has completed its execution.",
  kube_job_failed: "The job has failed its execution.",
};
