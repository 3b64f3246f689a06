/** Real memory that the processes of all containers together may have. */
const ALL_BYTES = 256 << 20;

/** The memory of the process that the cluster runs in, as far as it is for what containers keep. */
export interface SharedMemory {
  /** Takes so much, or gives it back; false when there is no more. */
  reserve(deltaBytes: number): boolean;
}

export function sharedMemory(): SharedMemory {
  let usedBytes = 0;
  return {
    reserve: (deltaBytes) => {
      if (deltaBytes > 0 && usedBytes + deltaBytes > ALL_BYTES) return false;
      usedBytes += deltaBytes;
      return true;
    },
  };
}
