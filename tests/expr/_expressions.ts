/** Expressions to ask upstream's engine and ours: a table of each thing that the language has, and random ones. */
import { SeededRandom } from "../../lib/base/mod.ts";

export interface Question {
  source: string;
  values: Record<string, number>;
}

/** What the names of every question stand for. */
export const VALUES = { a: 3, b: 5.5, c: 0, kw_trig: 4 };

const TABLE = (String.raw`
{"a": kw_trig}["a"] + 1
now().Hour() > 25 ? 1 : kw_trig
sort([kw_trig, b])[0]
toJSON(kw_trig)
{}
{a: 1, b: 2}
{"a": 1, "a": 2}
{1: 2, 1.5: 3}
{(string(a)): 1}
{(a): 1}
{a b}
{,}
{"a": 1,}
{"a": 1,,}
{"a": 1}.a
{"a": 1}.b
{"a": 1}.b.c
{"a": 1}?.b?.c
{"a": 1}?.b.c.d
{"a": {"b": [1, 2]}}.a.b[1]
{"a": {"b": [1, 2]}}?.["a"]?.b[0]
{"a": 1}[a]
{"a": 1}[1]
"a" in {"a": 1}
a in {"a": 1}
"b" not in {"a": 1}
keys({"a": 1})
values({"a": 1})
toPairs({"a": 1})
fromPairs([["a", 1], ["b", 2]])
fromPairs([["a", 1], ["b", 2]])["b"]
fromPairs([1])
fromPairs([[1]])
fromPairs(a)
keys(a)
values([1])
toPairs("x")
get({"a": 1}, "a")
get({"a": 1}, "b")
get([1, 2], 5)
get([1, 2], -1)
get([1, 2], "x")
get(a, "x")
get({"a": 1}, 1)
get([1])
get("abc", 1)
len({"a": 1})
len("한글")
len([1, 2, 3])
len(a)
len()
type(a)
type(1)
type("x")
type([1])
type({})
type(nil)
type(now())
type(duration("1s"))
type(now().Month())
type(timezone("UTC"))
type(b"x")
type(true)
string(1.5)
string(a)
string([1, "x", nil, true, 2.5])
string({"b": 1, "a": 2})
string(nil)
string(1e21)
string(duration("90m"))
trim("  x ")
trim("xxaxx", "x")
trim(a)
trim()
trimPrefix("abc", "a")
trimPrefix(" abc")
trimSuffix("abc", "c")
trimSuffix("abc ")
upper("abc")
lower("ABC")
upper(1)
split("a,b,c", ",")
split("a,b,c", ",", 2)
split("a,b,c", ",", 0)
split("abc", "")
splitAfter("a,b,c", ",")
splitAfter("a,b,c", ",", 2)
split("a")
replace("aXbX", "X", "y")
replace("aXbX", "X", "y", 1)
replace("abc", "", "-")
repeat("ab", 3)
repeat("ab", -1)
repeat("ab", 1000001)
repeat("ab", 999999)
join(["a", "b"], "-")
join(["a", "b"])
join([1, 2], "-")
join(split("a b", " "), "")
join(a)
indexOf("héllo", "l")
lastIndexOf("hello", "l")
indexOf("a", "x")
hasPrefix("abc", "ab")
hasSuffix("abc", "bc")
max(1, 2.5, a)
max([1, 2], 7)
max([])
max("a")
max()
max("a", "b")
max([1, "x"])
min([3, [1, 2]])
mean([1, 2, 3])
mean([])
mean(["x"])
median([1, 2, 3, 4])
median(1)
max(duration("1s"), duration("2s"))
toJSON({"b": [1, 2.5, "x<y"], "a": nil})
toJSON([])
toJSON({})
toJSON(1e21)
toJSON(1/0)
toJSON(fromPairs([[1, 2]]))
fromJSON("[1, 2]")
fromJSON("{\"a\": 1}").a
fromJSON("{")
fromJSON("1") + 1
fromJSON("\"x\"") + 1
fromJSON(a)
toBase64("hi")
fromBase64("aGk=")
fromBase64("x")
fromBase64("!!!!")
duration("1h30m").Hours()
duration("1h30m").Minutes()
duration("1.5s").Seconds()
duration("1.5s").Milliseconds()
duration("x")
duration("1d")
duration("1h") + duration("30m")
duration("1h") - duration("30m")
duration("1h") > duration("30m")
duration("1h") * 2
duration("1h") * 1.5
duration("1h") / 2
2 * duration("1h")
duration("1h") + 1
-duration("1h")
duration("1h") == duration("60m")
int(duration("1us"))
float(duration("1us"))
duration("1h1m").Round(duration("1h"))
duration("1h31m").Round(duration("1h")).Hours()
duration("1h31m").Truncate(duration("1h")).String()
duration("-1h").Abs().String()
duration("1h").Foo()
duration("1h").Foo
date("2024-05-06").Year()
date("2024-05-06").Month()
date("2024-05-06").Month() == 5
int(date("2024-05-06").Month())
string(date("2024-05-06").Month())
date("2024-05-06").Month().String()
date("2024-05-06").Weekday()
int(date("2024-05-06").Weekday())
date("2024-05-06").Day()
date("2024-05-06").YearDay()
date("2024-05-06").ISOWeek()
date("2024-05-06").Date()
date("2024-05-06").Clock()
date("2024-05-06").Unix()
date("2024-05-06").UnixMilli()
date("2024-05-06").Unix() % 7
date("2024-05-06")
date("2024-05-06T07:08:09Z")
date("2024-05-06T07:08:09.123Z").Nanosecond()
date("2024-05-06T07:08:09+09:00").UTC()
date("2024-05-06T07:08:09+09:00").UTC().Hour()
date("07:08:09").Hour()
date("2024-05-06 07:08:09").Format("15:04")
date("2024-05-06 07:08:09").Format("Mon Jan _2 15:04:05 2006")
date("2024-05-06 17:08:09").Format("3:04PM, 02/01/06")
date("2024-05-06 07:08:09", "2006-01-02 15:04:05")
date("06/05/2024", "02/01/2006").Day()
date("2024-05-06 07:08:09", "2006-01-02 15:04:05", "Asia/Seoul").UTC().Hour()
date("2024-05-06 07:08:09", "2006-01-02 15:04:05", "Nowhere/City")
date(timezone("Asia/Seoul"), "2024-05-06 07:08:09").Unix()
date("2024-02-30")
date("x")
date()
date(a)
date("a", "b", "c", "d")
date("2024-05-06") - date("2024-05-05")
(date("2024-05-06") - date("2024-05-05")).Hours()
date("2024-05-06") + duration("1h")
duration("1h") + date("2024-05-06")
date("2024-05-06") - duration("1h")
date("2024-05-06") + date("2024-05-06")
date("2024-05-06") > date("2024-05-05")
date("2024-05-06") == date("2024-05-06")
date("2024-05-06").After(date("2024-05-05"))
date("2024-05-06").Before(date("2024-05-05"))
date("2024-05-06").Equal(date("2024-05-06"))
date("2024-05-06").Compare(date("2024-05-05"))
date("2024-05-06").After(1)
date("2024-05-06").After()
date("2024-05-06").Add(duration("36h")).Day()
date("2024-01-31").AddDate(0, 1, 0).Format("2006-01-02")
date("2024-01-31").AddDate(0, 1)
date("2024-05-06").Sub(date("2024-05-05")).String()
date("2024-05-06 07:08:09").Truncate(duration("1h")).Minute()
date("2024-05-06 07:38:09").Round(duration("1h")).Hour()
date("2024-05-06").IsZero()
date("2024-05-06").In(timezone("Asia/Seoul")).Hour()
date("2024-07-06").In(timezone("America/New_York")).Hour()
date("2024-01-06").In(timezone("America/New_York")).Hour()
date("2024-01-06").In(timezone("America/New_York")).Format("15:04 MST -0700")
date("2024-05-06").String()
date("2024-05-06").year
date("2024-05-06")["Year"]()
timezone("UTC")
timezone("Nowhere/City")
timezone("Asia/Seoul").String()
now() > date("2024-01-01")
now(1)
now(timezone("UTC")).Year() > 2000
now().Year() > 2000 && now().Year() < 3000
now() - now() < duration("1h")
first([1, 2])
last([1, 2])
first([])
last([])
first(a)
last("x")
first(fromJSON("[]"))
first({"a": 1})
take([1, 2, 3], 2)
take([1, 2, 3], 9)
take([1], a)
take(a, 1)
take([1])
take([1, 2], -1)
reverse([1, 2, 3])
reverse(a)
uniq([1, 1.0, 2, "x", "x"])
uniq(a)
concat([1], [2, 3])
concat()
concat([1], a)
concat([1], 2)
flatten([1, [2, [3]]])
flatten(a)
sort([3, 1, 2])
sort([3, 1, 2], "desc")
sort([3, 1, 2], "up")
sort(["b", "a"])
sort([1, "a"])
sort([a, 1])
sort(a)
sort([1], 2)
sort(split("b,a", ","))
sort(1..3, "desc")
sort([])
sortBy([3, 1, 2], #)
sortBy([3, 1, 2], -#)
sortBy([3, 1, 2], #, "desc")
sortBy([3, 1, 2], #, "up")
sortBy([{"a": 2}, {"a": 1}], .a)
sortBy([{"a": 2}, {"a": 1}], #.a, "desc")[0].a
sortBy([1], #, 2)
sortBy(a, #)
groupBy([1, 2, 3], # > 1)
groupBy([1, 2, 3], # > 1)[true]
groupBy([1, 2, 3], # % 2)[0]
groupBy([1, 2, 3], # % 2)[7]
groupBy([1, 2, 3], string(#))["2"]
groupBy(a, #)
bitand(6, 3)
bitor(6, 3)
bitxor(6, 3)
bitnand(6, 3)
bitshl(1, 4)
bitshl(1, 70)
bitshl(1, -1)
bitshr(-16, 2)
bitushr(-16, 2)
bitushr(-16, 70)
bitnot(5)
bitand(a, 1)
bitand(1)
bitand(1.5, 1)
bitnot(int(a))
"abc" matches "^a.c$"
"abc" not matches "x"
"abc" matches "("
"abc" matches a
a matches "x"
"abc" contains "b"
"abc" not contains "b"
"abc" startsWith "a"
"abc" endsWith "c"
"abc" contains 1
fromJSON("null") contains "x"
fromJSON("1") contains "x"
"a" + "b"
"a" < "b"
"a" + 1
"abc"[1:2]
"abc"[:2]
"abc"[1:]
"abc"[-2:]
"abc"[0]
"abc".x
"한글"[0:3]
"\x41\u0042\U00000043\101\n\t\"\'\\"
"\u{1F600}"
'it\'s'
"\q"
"\x4"
` + '"\\8"\n"open\n`raw`\n`a``b`\n`open\n' + String.raw`
b"abc"
b'\x41'
b"abc"[0]
len(b"abc")
b"abc" matches "b"
string(b"ab")
$env
$env.a
$env["a"]
$env["zz"]
$env.zz
$env?.zz
$env()
len($env)
a()
foo(1)
foo.bar
a.b
a?.b
a[0]
nil.x
nil()
len
len + 1
one
float(one)
map + 1
sortBy + 1
groupBy + 1
reduce + 1
findIndex + 1
find + 1
filter + 1
sum + 1
let f = 1; f(2)
let x = {"a": 1}; x.a + 1
let len = 1; len
let a = 1; a
::len([1, 2])
::foo(1)
:: 1
[1, 2] | len()
[1, 2] | map(# * 2) | sum()
[3, 1] | sort() | first()
a | float() | string()
a |
map([1, 2], {"x": #})
map([1, 2], {# + 1})
map([1, 2], {let y = #; y + 1})
map([1, 2], # + 1; #)
map([1, 2], #index)
filter([1, 2, 3], # > 1)
filter([{"a": 1}], .a > 0)
map([{"a": 1}], .a)
map([{"a": 1}], .a.b)
map([[1, 2], [3]], len(#))
map([[1, 2], [3]], map(#, # * 2))
map(fromJSON("[1, 2]"), # + 1)
filter(fromJSON("[1, 2]"), #)
filter(fromJSON("1"), # > 1)
filter(fromJSON("null"), # > 1)
filter({"a": 1}, true)
all(fromJSON("[1]"), #)
any(fromJSON("[true, 1]"), #)
none(fromJSON("[1]"), #)
one(fromJSON("[1]"), #)
count(fromJSON("[1]"))
count([true, false])
count([1])
find([1, 2], # > 5)
find([1, 2], # > 1)
findLast([1, 2], # > 0)
findIndex([1, 2], # > 1)
findLastIndex([1, 2], # > 7)
sum([1, 2.5])
sum(["x"])
sum([{"a": 1}], .a)
sum([])
sum([1, 2], # * 2)
reduce([1, 2, 3], #acc + #)
reduce([1, 2, 3], #acc + #, 10)
reduce([], #acc + #)
reduce([], #acc + #, 1)
reduce(["a", "b"], #acc + #)
reduce([1, "b"], #acc + #)
map([1], nil)
1..3
3..1
1..1000000
1..2000000
1.5..3
(1..3)[5]
sum(1..10)
2 in 1..3
a in 1..3
"x" in ["x", "y"]
"x" in [1]
1 in [1.0]
nil in [nil]
1 in "x"
a in fromJSON("1")
not (1 in [1])
!true
not a
-"x"
+"x"
-fromJSON("\"x\"")
1 % 0
1 % (2 - 2)
int(a) % 0
int(a) % int(c)
5 % 3
-5 % 3
5.5 % 2
7 / 2
1 / 0
-1 / 0
0 / 0
2 ** 10
2 ^ -1
fromJSON("\"x\"") ** 2
9223372036854775807 + 1
9223372036854775808
-9223372036854775807 - 2
0xff
0xFG
0b101
0b12
0o17
1_000
1e3
1e400
.5
1.
1..
a ?? 1
nil ?? 1
nil ?? nil
fromJSON("null") ?? 2
a ?? 1 + 2
a ? 1 : 2
true ? 1 : "x"
true ? nil : 1
true ? [1] : ["x"]
true ?: 1
(true ? [1] : ["x"])[0]
if a > 1 { 1 } else { 2 }
if a > 1 { 1 }
if a > 9 { 1 } else if a > 2 { 5 } else { 2 }
1; 2
1; 2;
;
1 < 2 < 3
1 < 2 < 3 == true
a == 3
a == "3"
nil == nil
[1] == [1]
[1] == [1.0]
{"a": 1} == {"a": 1}
{"a": 1} == {"a": 2}
true && nil
true && a
fromJSON("1") && true
fromJSON("1") > "x"
fromJSON("1") + nil
fromJSON("true") ? 1 : 2
fromJSON("1") ? 1 : 2
fromJSON("[1]")[0]
fromJSON("[1]")[0.5]
fromJSON("[1]")["x"]
fromJSON("1")["x"]
fromJSON("1").x
fromJSON("1")()
fromJSON("null").x
fromJSON("null")()
fromJSON("{\"a\": 1}").x
fromJSON("[1]")[5]
fromJSON("[1]")[1:2]
fromJSON("1")[1:2]
fromJSON("1")[1:]
float("1.5")
float("x")
float(nil)
float(true)
float([1])
float({})
int("12")
int("x")
int("1.5")
int(1.9)
int(-1.9)
int(1e30)
int(fromJSON("null"))
float(fromJSON("null"))
abs(-1)
abs(-1.5)
abs("x")
abs(duration("-1s"))
ceil(1)
ceil(1.2)
floor(-1.2)
round(2.5)
round(-2.5)
round("x")
abs(fromJSON("null"))
ceil(fromJSON("null"))
a +
(a
a)
[1, 2
[1,, 2]
[1, 2,]
a b
@a
a & b
a && && b
한 + 1
"한" + 한
/* open
a /* c */ + 1 // end
# + 1
map([1], # + #x)
map([1], #acc)
a not b
a not in [3]
a not in
1.foo
a..b
"x" ?? 1
[nil, 1][0] ?? 7
[1, 2]?.[0]
[1, 2]?.[5]
nil?.x
nil?.[0]
{"a": nil}.a?.b ?? 3
{"not": 1}.not
{"in": 1}.in
`).split("\n").filter((line) => line !== "");

/** The same expressions every time, as the language's grammar has them; many of them make no sense. */
export function expressions(count: number, seed: number): Question[] {
  const random = new SeededRandom(seed);
  const made = Array.from({ length: count }, () => expression(random, 1 + random.int(3)));
  return [...TABLE, ...made].map((source) => ({ source, values: VALUES }));
}

const ATOMS = [
  "a",
  "b",
  "c",
  "kw_trig",
  "1",
  "2",
  "0",
  "2.5",
  "-1",
  '"x"',
  '"1"',
  '"a,b"',
  "true",
  "false",
  "nil",
  "[1, 2, 3]",
  "[a, 2]",
  '["x", "y"]',
  "[]",
  '{"a": 1}',
  '{"k": [1, 2]}',
  'duration("90s")',
  'date("2024-05-06")',
  'fromJSON("[1, 2]")',
  'fromJSON("null")',
  "1..3",
];
const OPERATORS = [
  ..."+ - * / % ** == != < > <= >= in .. ?? && ||".split(" "),
  "contains",
  "startsWith",
  "matches",
  "not in",
];
const ONES =
  "len type abs ceil floor round int float string trim upper lower max min mean median toJSON first last keys values toPairs fromPairs reverse uniq flatten sort bitnot join sum count"
    .split(" ");
const TWOS =
  "split indexOf hasPrefix max min concat take get bitand bitor bitshl repeat join sort replace trimPrefix"
    .split(" ");
const PREDICATED =
  "all none any one filter map find findIndex findLast findLastIndex count sum groupBy sortBy reduce"
    .split(" ");
const BODIES = [
  "#",
  "# > 1",
  "# + 1",
  "# == a",
  "true",
  "string(#)",
  "# * 2",
  "nil",
  "# in [1, 2]",
  "#index",
  "#acc",
];
const METHODS = ["Hours()", "Seconds()", "Unix()", "Month()", "Year()", "String()", "a", "x"];

function expression(random: SeededRandom, depth: number): string {
  const pick = (list: readonly string[]) => random.pick(list);
  const inner = () => depth === 0 ? pick(ATOMS) : expression(random, depth - 1);
  if (depth === 0) return pick(ATOMS);
  switch (random.int(9)) {
    case 0:
    case 1:
    case 2: {
      const sides = [inner(), inner()].map((side) => random.int(3) === 0 ? `(${side})` : side);
      return sides.join(` ${pick(OPERATORS)} `);
    }
    case 3:
      return `${pick(ONES)}(${inner()})`;
    case 4:
      return `${pick(TWOS)}(${inner()}, ${inner()})`;
    case 5:
      return `${pick(PREDICATED)}(${inner()}, ${pick(BODIES)})`;
    case 6:
      return `(${inner()})[${inner()}]`;
    case 7:
      return `(${inner()})${pick([".", "?."])}${pick(METHODS)}`;
  }
  return `${inner()} ? ${inner()} : ${inner()}`;
}
