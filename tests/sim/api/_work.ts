type Json = any;

const { prototype } = Array;
const iterator = Object.getPrototypeOf([].values());

/**
 * How many items of lists `work` passes one by one or has moved up by a `shift`: what grows with the square of its
 * input when a list is copied, or begun anew, for each item of it.
 */
export function itemsPassed(work: () => void): number {
  let passed = 0;
  const { next } = iterator;
  const { shift } = prototype;
  iterator.next = function (this: Json) {
    passed++;
    return next.call(this);
  };
  prototype.shift = function (this: Json[]) {
    passed += this.length;
    return shift.call(this);
  };
  try {
    work();
  } finally {
    iterator.next = next;
    prototype.shift = shift;
  }
  return passed;
}

/** How many texts `work` reads as JSON. */
export function textsRead(work: () => void): number {
  let read = 0;
  const { parse } = JSON;
  JSON.parse = (...args) => {
    read++;
    return parse(...args);
  };
  try {
    work();
  } finally {
    JSON.parse = parse;
  }
  return read;
}
