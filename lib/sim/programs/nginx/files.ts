import type { ContainerContext } from "../../seams.ts";
import { IMAGE_FILES } from "./pages.ts";

/** Mounted files, and the image's own where nothing is mounted over them. */
export class ImageAndMounts {
  constructor(private readonly files: ContainerContext["files"]) {}

  read(path: string): string | undefined {
    const present = this.files.read(path);
    if (present !== undefined) return present;
    return Object.hasOwn(IMAGE_FILES, path) && !this.files.isMounted(path)
      ? IMAGE_FILES[path]
      : undefined;
  }

  list(folder: string): string[] {
    const own = Object.keys(IMAGE_FILES)
      .filter((path) => path.startsWith(`${folder}/`) && !this.files.isMounted(path));
    return [...new Set([...this.files.list(folder), ...own])].sort();
  }
}
