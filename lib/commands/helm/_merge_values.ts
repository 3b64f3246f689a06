import { isMap } from "../../go/mod.ts";

type Values = Record<string, unknown>;

/** What merging values came to. */
export interface MergedValues {
  values: Values;
  /** helm's own warnings, without its log prefix. */
  warnings: string[];
}

/**
 * A chart's default values with the user's over them: tables are merged, everything else replaced,
 * and a null takes the default away.
 * Source: helm/helm pkg/chartutil/coalesce.go (CoalesceValues).
 */
export function mergeValues(chartName: string, defaults: Values, user: Values): MergedValues {
  const warnings: string[] = [];
  const merge = (under: Values, over: Values, path: string): Values => {
    const merged: Values = structuredClone(under);
    for (const [key, value] of Object.entries(over)) {
      const at = `${path}.${key}`;
      const mine = Object.hasOwn(under, key) ? under[key] : undefined;
      if (value === null) delete merged[key];
      else if (isMap(value) && isMap(mine)) put(merged, key, merge(mine, value, at));
      else {
        if (isMap(mine) && path !== chartName) {
          warnings.push(
            `warning: cannot overwrite table with non table for ${at} (${text(mine)})`,
          );
        } else if (isMap(value) && given(mine)) {
          warnings.push(
            `warning: destination for ${at} is a table. Ignoring non-table value (${text(mine)})`,
          );
        }
        put(merged, key, structuredClone(value));
      }
    }
    return merged;
  };
  return { values: merge(defaults, user, chartName), warnings };
}

/** The later of two value files over the earlier, as `-f a -f b` and `--set` are. */
export function overlayValues(under: Values, over: Values): Values {
  const merged: Values = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const mine = Object.hasOwn(under, key) ? under[key] : undefined;
    put(merged, key, isMap(value) && isMap(mine) ? overlayValues(mine, value) : value);
  }
  return merged;
}

/** Sets a key, which may be called `__proto__`. */
function put(table: Values, key: string, value: unknown): void {
  Object.defineProperty(table, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A value as Go's `%v` prints it. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(" ")}]`;
  if (isMap(value)) {
    return `map[${Object.keys(value).sort().map((key) => `${key}:${text(value[key])}`).join(" ")}]`;
  }
  return value === null || value === undefined ? "<nil>" : String(value);
}
