import { age, columns, type Printer } from "../tables/mod.ts";

export const nameAndAge: Printer = {
  columns: columns("Name:name, Age"),
  cells: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
};
