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
  /** The HPAScaleToZero feature gate: alpha, and off unless somebody turns it on. */
  scaleToZero: boolean;
  /** The HPAConfigurableTolerance feature gate: beta, and on. */
  configurableTolerance: boolean;
}

/**
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/config/v1alpha1/defaults.go,
 * pkg/features/kube_features.go.
 */
export const DEFAULT_HPA_OPTIONS: HpaOptions = {
  syncPeriodMs: 15_000,
  tolerance: 0.1,
  downscaleStabilizationMs: 300_000,
  cpuInitializationMs: 300_000,
  initialReadinessDelayMs: 30_000,
  scaleToZero: false,
  configurableTolerance: true,
};
