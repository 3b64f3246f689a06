import type { ContainerContext } from "../../seams.ts";

/** Mounted files, and the image's own where nothing is mounted over them. */
export class ImageAndMounts {
  constructor(
    private readonly files: ContainerContext["files"],
    private readonly image: Readonly<Record<string, string>>,
  ) {}

  read(path: string): string | undefined {
    const present = this.files.read(path);
    if (present !== undefined) return present;
    return Object.hasOwn(this.image, path) && !this.files.isMounted(path)
      ? this.image[path]
      : undefined;
  }

  list(folder: string): string[] {
    const own = Object.keys(this.image)
      .filter((path) => path.startsWith(`${folder}/`) && !this.files.isMounted(path));
    return [...new Set([...this.files.list(folder), ...own])].sort();
  }
}
