/** The controller's own settings, as kube-controller-manager's flags set them. */
export interface HpaOptions {
  /** `--horizontal-pod-autoscaler-sync-period`. */
  syncPeriodMs: number;
  /** `--horizontal-pod-autoscaler-tolerance`: how far from 1 a ratio may be without a change. */
  tolerance: number;
  /** `--horizontal-pod-autoscaler-downscale-stabilization`. */
  downscaleStabilizationMs: number;
  /** `--horizontal-pod-autoscaler-cpu-initialization-period`. */
  cpuInitializationMs: number;
  /** `--horizontal-pod-autoscaler-initial-readiness-delay`. */
  initialReadinessDelayMs: number;
}

/** Source: kubernetes/kubernetes pkg/controller/podautoscaler/config/v1alpha1/defaults.go. */
export const DEFAULT_HPA_OPTIONS: HpaOptions = {
  syncPeriodMs: 15_000,
  tolerance: 0.1,
  downscaleStabilizationMs: 300_000,
  cpuInitializationMs: 300_000,
  initialReadinessDelayMs: 30_000,
};
