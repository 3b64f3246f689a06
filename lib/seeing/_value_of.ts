import { type LabView, prometheusOf } from "../lesson/mod.ts";
import { dataOf } from "../prometheus/mod.ts";

/** The value of an instant query that gives one number; undefined when it gives none. */
export async function valueOf(view: LabView, query: string): Promise<number | undefined> {
  return dataOf(await prometheusOf(view).query(query, view.now()))?.[0]?.value;
}
