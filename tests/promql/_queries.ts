import { START_MS } from "./_dataset.ts";

/** Expressions evaluated at both instants. */
const INSTANT = `
1
-1
0x1F
1e3
.5
1_000
010
Inf
-Inf
NaN
1h30m
"text"
'single \\'quoted\\''
1 + 2 * 3 ^ 2 % 4
-1 ^ 2
2 ^ -1
2 ^ 3 ^ 2
-2 * -3
10 - 4 - 3
12 / 5
12 % 5
-12 % 5
1 / 0
0 / 0
1 > bool 0
1 == bool 2
2 atan2 1
NaN ^ 0
1 ^ NaN
(1 + 2) * 3
+5
time()
pi()
vector(1)
vector(time())
scalar(constant{label="x"})
scalar(constant)
scalar(nothing)
up
up{job="api"}
up{job!="api"}
up{instance=~"a.*|b.*"}
up{instance!~"a.*"}
up{instance=~"a"}
up{missing=""}
up{missing!=""}
{__name__="up", instance="a:80"}
{__name__=~"u.|once"}
{"up"}
{"up", job="web"}
up{"job"="web"}
constant{label="new\\nline"}
constant{label=~"new.line"}
constant{label=~"(?i)QUOTE.D"}
constant{label="한글"}
constant{label=~"[가-힣]+"}
constant{label=~".*"}
constant{label!~"x|.*\\"d"}
http_requests_total{code=~"4..|5.."}
http_requests_total offset 5m
http_requests_total{job="api",code="500"} offset -5m
http_requests_total{job="api",code="500"} @ 1700000600
http_requests_total{job="api",code="500"} @ 1700000600.5 offset 1m
http_requests_total{job="api",code="500"} @ start()
http_requests_total{job="api",code="500"} @ end() offset 10m
flaky
flaky offset 10m
flaky offset 15m
once
once offset 5m
once offset 10m
-temperature_celsius
+temperature_celsius
-constant ^ 2
weird
weird * 2
weird / weird
weird > 1
weird == weird
weird != weird
weird >= bool 0
abs(temperature_celsius)
ceil(temperature_celsius)
floor(temperature_celsius)
round(temperature_celsius)
round(temperature_celsius, 0.1)
round(temperature_celsius, 5)
sgn(temperature_celsius)
sgn(weird)
sqrt(constant)
clamp(temperature_celsius, -2, 5)
clamp(temperature_celsius, 5, -2)
clamp_min(temperature_celsius, 0)
clamp_max(temperature_celsius, 0)
clamp_min(weird, 1)
clamp_max(weird, 1)
exp(constant{label="x"})
ln(constant)
log2(constant)
log10(constant)
sin(constant)
cos(constant)
tan(constant)
asin(constant / 10)
acos(constant / 10)
atan(constant)
sinh(constant)
cosh(constant)
tanh(constant / 10)
asinh(constant)
acosh(constant)
atanh(constant / 11)
deg(constant)
rad(constant)
timestamp(up)
timestamp(up offset 1m)
timestamp(up + 0)
timestamp(once @ 1700001400)
timestamp(http_requests_total{job="web",code="404"})
year()
month()
day_of_month()
day_of_week()
day_of_year()
days_in_month()
hour()
minute()
year(event_time_seconds)
month(event_time_seconds)
day_of_month(event_time_seconds)
day_of_week(event_time_seconds)
day_of_year(event_time_seconds)
days_in_month(event_time_seconds)
hour(event_time_seconds)
minute(event_time_seconds)
days_in_month(vector(1582934400))
hour(vector(-1))
absent(up)
absent(nothing)
absent(nothing{job="x", instance=~".+", a!="b"})
absent(nothing{job="x", job="y", z="w"})
absent(sum(nothing))
absent_over_time(up[5m])
absent_over_time(nothing{a="b"}[5m])
absent_over_time(once[1m])
absent_over_time((nothing)[5m:1m])
sort(temperature_celsius)
sort_desc(temperature_celsius)
sort(memory_bytes)
sort_desc(memory_bytes)
label_replace(up, "host", "$1", "instance", "(.*):.*")
label_replace(up, "host", "\${1}-x-$1", "instance", "(.):80")
label_replace(up, "host", "$name", "instance", "(?P<name>.).*")
label_replace(up, "job", "", "instance", "a.*")
label_replace(up, "x", "$2", "instance", "nomatch")
label_replace(up, "__name__", "new_$1", "job", "(.*)")
label_replace(up, "instance", "same", "instance", ".*")
label_replace(up, "a", "b", "missing", "")
label_join(up, "target", "/", "job", "instance")
label_join(up, "job", "-", "missing", "job")
label_join(up, "job", "")
label_join(up, "x", "", "job")
rate(http_requests_total[1m])
rate(http_requests_total[5m])
rate(http_requests_total[30s])
rate(http_requests_total[15s])
rate(http_requests_total[14s])
rate(http_requests_total[40m])
increase(http_requests_total[5m])
increase(http_requests_total{instance="b:80"}[30m])
irate(http_requests_total[5m])
irate(http_requests_total[20s])
delta(temperature_celsius[10m])
idelta(temperature_celsius[10m])
deriv(temperature_celsius[10m])
deriv(constant[10m])
predict_linear(memory_bytes[10m], 3600)
predict_linear(memory_bytes[10m] offset 5m, 600)
predict_linear(constant[5m], 60)
rate(temperature_celsius{room="hall"}[5m])
rate(flaky[10m])
increase(flaky[20m])
rate(memory_bytes[5m])
changes(up[30m])
changes(temperature_celsius[5m])
changes(weird[5m])
resets(http_requests_total[30m])
resets(temperature_celsius[10m])
count_over_time(up[5m])
count_over_time(http_requests_total[1m])
count_over_time(flaky[10m])
count_over_time(flaky[40m])
sum_over_time(temperature_celsius{room="hall"}[10m])
sum_over_time(temperature_celsius[30m])
sum_over_time(kahan[5m])
sum_over_time(overflow[5m])
avg_over_time(temperature_celsius{room="hall"}[10m])
avg_over_time(temperature_celsius[30m])
avg_over_time(overflow[5m])
avg_over_time(weird[5m])
min_over_time(temperature_celsius[20m])
max_over_time(temperature_celsius[20m])
max_over_time(weird[5m])
last_over_time(flaky[15m])
first_over_time(flaky[15m])
present_over_time(flaky[10m])
quantile_over_time(0.9, memory_bytes[10m])
quantile_over_time(0.5, temperature_celsius[30m])
quantile_over_time(2, up[5m])
quantile_over_time(-1, up[5m])
quantile_over_time(NaN, up[5m])
stddev_over_time(memory_bytes[10m])
stdvar_over_time(temperature_celsius{room="hall"}[10m])
stddev_over_time(constant[5m])
sum(http_requests_total)
sum by (job) (http_requests_total)
sum by (job, code) (http_requests_total)
sum without (instance) (http_requests_total)
sum without (instance, job, code) (http_requests_total)
sum by () (up)
sum without () (up)
sum by (__name__) (up)
sum by (missing) (up)
sum(rate(http_requests_total[5m])) by (job)
sum(nothing)
sum(kahan)
sum(overflow)
sum(weird)
avg(memory_bytes)
avg by (job) (memory_bytes)
avg(overflow)
avg(weird)
avg(kahan)
min(temperature_celsius)
max(temperature_celsius)
min(weird)
max(weird)
count(up)
count by (job) (up == 1)
group by (job) (up)
stddev(memory_bytes)
stdvar by (job) (memory_bytes)
stddev(weird)
quantile(0.5, memory_bytes)
quantile by (job) (0.25, memory_bytes)
quantile(1.5, memory_bytes)
quantile(-0.1, memory_bytes)
quantile(scalar(vector(0.75)), memory_bytes)
topk(2, memory_bytes)
topk by (job) (1, memory_bytes)
topk(3, weird)
topk(0, memory_bytes)
topk(100, temperature_celsius)
topk(scalar(constant{label="x"}) - 5, memory_bytes)
bottomk(2, memory_bytes)
bottomk(3, weird)
bottomk by (job) (2, memory_bytes)
topk(NaN, up)
topk(1e30, up)
count_values("value", same_values)
count_values by (id) ("v", same_values)
count_values without (id) ("v", same_values)
count_values("v", weird)
count_values("job", up)
up + up
up * on (job, instance) build_info
up * on (instance) build_info
up{job="api"} * on (instance) build_info{job="api"}
up{job="api"} * ignoring (version, node) build_info{job="api"}
up * on (job, instance) group_left (version) build_info
up * on (job, instance) group_left (version, node, missing) build_info
up * on (job, instance) group_left () build_info
build_info * on (job, instance) group_right (version) up
http_requests_total / on (job, instance) group_left up
http_requests_total / ignoring (code) group_left up
up / on (job, instance) group_right () http_requests_total
sum by (job) (http_requests_total) / on (job) count by (job) (up)
http_requests_total{code="500"} / ignoring (code) http_requests_total{code="200"}
http_requests_total / ignoring (code) up
http_requests_total{code="500"} > 300
http_requests_total{code="500"} > bool 300
300 < http_requests_total{code="500"}
300 < bool http_requests_total{code="500"}
5 - constant
constant == 7
constant != 7
7 == constant
constant % 4
constant ^ 0.5
2 ^ constant
constant atan2 3
up == on (job, instance) build_info
up > on (job, instance) group_left memory_bytes
memory_bytes > on (job, instance) up
memory_bytes > bool on (job, instance) up
memory_bytes and up == 1
memory_bytes and on (job, instance) up
memory_bytes and on (instance) up{job="api"}
memory_bytes unless on (instance) up{job="api", instance="a:80"}
memory_bytes or up
up or build_info
up{job="api"} or up{job="web"}
up{instance="a:80"} or on (job) build_info
up or on () vector(1)
nothing or vector(0)
nothing and up
up unless nothing
up and on () vector(1)
vector(1) or vector(2)
constant + on () vector(1)
constant + on () group_left vector(1)
vector(1) + on () group_right constant
same_values == on (id) same_values
same_values{id="1"} == ignoring (id) same_values{id="2"}
same_values == ignoring (id) same_values
abs({__name__=~"up|build_info", job="api", instance="a:80"})
{__name__=~"up|memory_bytes", job="api"} + 1
rate({__name__=~"http_requests_total|up", job="api", instance="a:80"}[5m])
histogram_quantile(0.5, request_duration_seconds_bucket)
histogram_quantile(0.95, sum by (le) (rate(request_duration_seconds_bucket[5m])))
histogram_quantile(0.9, rate(request_duration_seconds_bucket[10m]))
histogram_quantile(0.99, sum by (le, path) (rate(request_duration_seconds_bucket[10m])))
histogram_quantile(0, request_duration_seconds_bucket)
histogram_quantile(1, request_duration_seconds_bucket)
histogram_quantile(1.5, request_duration_seconds_bucket)
histogram_quantile(-1, request_duration_seconds_bucket)
histogram_quantile(NaN, request_duration_seconds_bucket)
histogram_quantile(0.5, bent_bucket)
histogram_quantile(0.5, open_bucket)
histogram_quantile(0.1, negative_bucket)
histogram_quantile(0.5, negative_bucket)
histogram_quantile(0.5, up)
histogram_quantile(0.5, sum(request_duration_seconds_bucket))
histogram_fraction(0, 0.3, request_duration_seconds_bucket)
histogram_fraction(0.2, 3, request_duration_seconds_bucket)
histogram_fraction(-1, 1, negative_bucket{le!="many",le!=""})
histogram_fraction(3, 1, request_duration_seconds_bucket)
histogram_fraction(-Inf, +Inf, request_duration_seconds_bucket)
histogram_count(up)
histogram_sum(up)
up[1m]
up{instance="a:80"}[45s] offset 1m
http_requests_total{job="web",code="404",instance="b:80"}[1m] @ 1700001000
flaky[2m]
flaky[3m] offset 18m
up{job="api"}[5m:1m]
up{job="api"}[5m:]
(up{job="api"} + 1)[3m:40s] offset 30s
rate(http_requests_total{job="api"}[1m])[3m:1m]
max_over_time(rate(http_requests_total[1m])[10m:1m])
avg_over_time(sum(rate(http_requests_total[2m]))[10m:])
max_over_time((up * 2)[5m:30s] @ 1700001200)
sum_over_time(constant[5m:7s])
count_over_time(up{instance="a:80"}[1m:15s])
count_over_time(up{instance="a:80"}[5m:13s] offset 1m)
quantile_over_time(0.5, (sum by (job) (up))[5m:1m])
min_over_time(sum_over_time(constant{label="x"}[1m])[5m:1m])
max_over_time(max_over_time(temperature_celsius{room="hall"}[2m:30s])[10m:2m])
rate(http_requests_total[5m:1m])
deriv(rate(http_requests_total{job="api"}[1m])[10m:1m])
last_over_time((nothing or vector(3))[5m:1m])
first_over_time(once[30m:1m])
absent_over_time(once[2m:30s])
rate(http_requests_total[5m] offset 3m)
rate(http_requests_total[5m] @ 1700001000)
rate(http_requests_total[5m] @ end() offset 1m)
sum(rate(http_requests_total[5m] @ 1700001000)) / sum(rate(http_requests_total[5m]))
# a comment
sum(up) # trailing
SUM(up)
sum BY (job) (up)
(((up)))
sum((up))
rate((http_requests_total[5m]))
abs((constant))
topk((2), memory_bytes)
sum(http_requests_total{job="api"}) > 100 < 1e9
up * 2 + 1 - 3 / 4
up == 1 and up unless up{job="web"} or constant
(up == 1) * on (job, instance) group_left (version) build_info{version=~"v1\\\\..*"}
http_requests_total{job="api"}   [ 1m ]   offset   1m
count by (on, by) (up)
sum_over_time(up[5m]) / count_over_time(up[5m])
100 * (1 - avg(rate(http_requests_total{code="500"}[5m])) / avg(rate(http_requests_total[5m])))
sum(http_requests_total) by (job) / ignoring (x) sum(up) by (job)
-up offset 5m
2 * up offset 5m
2 ^ up offset 5m
up + up @ 1700001000
-memory_bytes @ 1700001000
memory_bytes - memory_bytes offset 5m
memory_bytes - memory_bytes offset 1m * 3
memory_bytes / memory_bytes offset 10m > 1
1 + max_over_time(up[5m:1m])
memory_bytes == memory_bytes offset 1m
up offset -2s^2
up offset 1m + 1
up offset (1m + 30s)
up offset -(1m)
memory_bytes offset (2m - 1m30s)
rate(http_requests_total[2m + 1m])
rate(http_requests_total[(1m) * 3])
rate(http_requests_total[1h / 20])
rate(http_requests_total[300])
rate(http_requests_total[2m - -1m])
max_over_time(up[2m + 1m:15s * 2])
-(-up)
- - up
up ^ -1
-memory_bytes * 2
-2 ^ 2 * 3
- constant % 4
{__name__="up"} offset 1m
{__name__=~"up|once", job!=""} @ end()
up @ 1700001000 * 2
sum(up @ start())
up{job="api"} unless on (instance) memory_bytes{job="web"} offset 1h
nginx or http_requests_total{job="web",code="500"}
sum(http_requests_total{job=~"a.*"}) by (job, instance)
start
sum
sum{a="b"}
by + without
offset
offset offset 5m
rate
rate{a="b"}
min_of
a:b:c
:x
fill + fill_left
`;

/** Expressions of functions that a stock server refuses. */
const EXPERIMENTAL = `
double_exponential_smoothing(memory_bytes[10m], 0.5, 0.1)
double_exponential_smoothing(memory_bytes[10m], 1.5, 0.1)
double_exponential_smoothing(memory_bytes[10m], 0.5, 0)
mad_over_time(memory_bytes[10m])
ts_of_max_over_time(memory_bytes[10m])
ts_of_min_over_time(memory_bytes[10m])
ts_of_first_over_time(flaky[10m])
ts_of_last_over_time(flaky[10m])
sort_by_label(build_info, "version")
sort_by_label_desc(build_info, "version", "instance")
limitk(2, up)
limitk by (job) (1, memory_bytes)
start()
end()
step()
range()
`;

/** Expressions evaluated over the range, step by step. */
const RANGE = `
1
time()
up
flaky
once
-constant
sum(up)
sum by (job) (rate(http_requests_total[5m]))
rate(http_requests_total[1m])
increase(http_requests_total{instance="b:80"}[4m])
irate(http_requests_total{job="api"}[1m])
topk(1, memory_bytes)
bottomk by (job) (1, memory_bytes)
count_values("v", same_values)
quantile(0.5, memory_bytes)
avg_over_time(temperature_celsius[3m])
max_over_time(rate(http_requests_total{job="api"}[1m])[5m:1m])
http_requests_total{job="api",code="500"} @ start()
http_requests_total{job="api",code="500"} @ end()
http_requests_total{job="api",code="500"} @ 1700000600
sum(rate(http_requests_total[2m] @ end()))
rate(http_requests_total{code="200"}[2m]) > 0.8
up offset 2m
http_requests_total{code="500"} offset -2m
absent(once)
absent(flaky{pod="web-1"})
absent_over_time(once[3m])
timestamp(up)
timestamp(up + 0)
memory_bytes / on (job, instance) group_left (version) build_info
memory_bytes > 101000000
memory_bytes > bool 101000000
up == 0
flaky or constant
flaky and on (pod) flaky > 100
flaky unless flaky > 100
label_replace(up, "host", "$1", "instance", "(.*):.*")
sort(memory_bytes)
sort_desc(up)
histogram_quantile(0.9, sum by (le) (rate(request_duration_seconds_bucket[5m])))
histogram_quantile(0.5, bent_bucket)
changes(up[10m])
resets(http_requests_total{instance="b:80"}[5m])
predict_linear(memory_bytes[5m], 600)
deriv(temperature_celsius{room="hall"}[5m])
minute()
hour(event_time_seconds{what="deploy"})
vector(time()) % 7
scalar(sum(up)) + 1
sum_over_time(vector(1)[5m:1m])
avg(avg_over_time(temperature_celsius{room!="attic"}[2m:20s]))
sum(up) > 5
up[5m]
"text"
stddev(memory_bytes)
count(flaky)
last_over_time(flaky[2m])
round(rate(http_requests_total{job="web",code="200"}[2m]), 0.01)
clamp_max(temperature_celsius{room="hall"}, 3)
topk(2, memory_bytes) and on (job) up
quantile_over_time(0.5, memory_bytes[2m])
delta(memory_bytes[2m])
group by (job) (up)
rate(http_requests_total[5m]) offset 1m
same_values == ignoring (id) same_values
`;

/** Text that does not parse or type-check. */
const INVALID = `
foo{
foo{a
foo{a=
foo{a="b"
foo{a="b",
foo{a="b" c="d"}
foo{a}
foo{a=}
foo{a=b}
foo{=}
foo{,}
foo{a=="b"}
foo{a!"b"}
foo{a=~"("}
foo{a=~"*"}
foo{a=~"[a"}
foo{a=~"a**"}
foo{a=~"a)"}
foo{a=~"\\\\8"}
foo{a=~"(?=x)"}
foo{a=~"[b-a]"}
foo{a=~"a{1001}"}
foo{a=~"x\\\\"}
foo{a=~"(?P<n"}
foo{a=~"\\\\pX"}
foo{a="b}
foo{a="b\\q"}
foo{1="b"}
foo{a.b="c"}
foo{__name__="bar"}
foo{__name__=~".*"}
{}
{a=""}
{a=~".*"}
{a!="b"}x
foo bar
foo bar baz
foo 1
1 2
"a" "b"
foo "bar"
(
)
(foo
foo)
(foo))
sum(
sum(foo
sum(foo))
sum
sum foo
sum by
sum by (
sum by (a
sum by (a,
sum by (a b) (foo)
sum by a (foo)
sum by ("") (foo)
sum by (1) (foo)
sum by (a) foo
sum (foo) by
sum()
sum(foo, bar)
sum(1)
sum("x")
sum(foo[5m])
topk(foo)
topk("x", foo)
topk(foo, foo)
topk(1)
count_values(1, foo)
count_values(foo)
quantile(foo)
rate(foo)
rate()
rate(foo[5m], 1)
rate(foo[5m)
rate(foo[5m]
rate(foo[])
rate(foo[5])
rate(foo[0])
rate(foo[0s])
rate(foo[-5m])
rate(foo[5x])
rate(foo[5m5h])
rate(foo[1m2])
rate(foo[m])
rate(foo[a])
rate(foo["5m"])
rate(foo[5m][5m])
foo[
foo[5m
foo[5m:
foo[5m:1m
foo[5m:1m:1m]
foo[:1m]
foo[5m:x]
foo[5m] [5m]
foo[5m][5m:1m]
foo[5m:1m][5m]
(foo)[5m]
sum(foo)[5m]
foo offset
foo offset bar
foo offset 5m offset 5m
foo offset 5m[5m]
foo[5m] offset
sum(foo) offset 5m
1 offset 5m
foo @
foo @ bar
foo @ 1 @ 2
foo @ start
foo @ Inf
foo @ 1[5m]
sum(foo) @ 1
1 @ 1
foo +
+
foo + + 
* foo
foo ** bar
foo = bar
foo =~ bar
foo == = bar
foo !
foo ! bar
foo & bar
foo | bar
foo ; bar
foo ? bar
$foo
foo.bar
1 == 1
1 > 2
1 and 2
1 or foo
foo and 1
foo unless "x"
foo + "x"
"a" + "b"
"a" == "b"
foo[5m] + 1
foo + bool bar
foo == bool
foo and bool bar
1 + bool 2
foo and group_left bar
foo and on (a) group_left bar
foo + group_left bar
foo + on bar
foo + on (a) group_left (a) bar
foo + ignoring (a) group_left (a) bar[5m]
1 + on (a) foo
foo + on (a) 1
-"x"
-foo[5m]
!foo
abs()
abs(foo, bar)
abs(1)
abs("x")
abs(foo[5m])
abs foo
abs(foo
abs(,)
abs(foo,)
clamp(foo, 1)
clamp(foo, 1, 2, 3)
round()
round(foo, 1, 2)
label_replace(foo, "a", "b", "c")
label_replace(foo, a, "b", "c", "d")
label_join(foo)
label_join(foo, "x")
label_join(foo, "x", ",", bar)
histogram_quantile(foo)
histogram_quantile(foo, 0.9)
time(1)
vector(foo)
scalar(1)
hour(1)
hour(foo, bar)
nope()
nope(foo)
Rate(foo[5m])
double_exponential_smoothing(foo[5m], 0.5, 0.5)
holt_winters(foo[5m], 0.5, 0.5)
limitk(1, foo)
sort_by_label(foo, "a")
by
on
bool
group_left
offset
inf_
1e
1e+
0x
1.2.3
1..2
1__0
5m3
99999999999999999999d
'unterminated
"unterminated
\`unterminated
"bad \\x escape"
"bad \\u12 escape"
foo{a='b"}
foo # comment (
# only a comment
foo{# comment
foo

   bar
sum by (job) (rate(http_requests_total{code=~"5.."}[5m]) / sum(x)
sum(rate(http_requests_total{job="api"}[5m])) by job
http_requests_total{job=api}
http_requests_total{job="api"}[5m
rate(http_requests_total)
sum(rate(http_requests_total))
nginx_http_requests_total{pod=~"nginx-.*"
sum(nginx_http_requests_total{pod=~"nginx-.*}) by (pod)
sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
한글
foo{한글="x"}
foo + fill(0) bar
foo + fill_left(-1) fill_right(2) bar
foo + fill bar
foo offset (
foo offset ()
foo offset (5m
foo offset 5m 5m
foo[5m+]
foo[+]
foo[()]
foo[5m:+]
foo[5m / 0]
foo[5m % 0s]
foo[1m - 2m]
foo[5m,5m]
foo[5m}
foo[5 m]
foo[5m foo]
sum by (without) (foo)
sum by (job,) (foo)
sum by (,) (foo)
sum by (a) by (b) (foo)
sum without foo
sum(foo) by (a) by (b)
sum(foo bar)
sum(rate(foo bar))
sum(rate(foo[5m]) by (a)
sum((foo)
topk(3 foo)
abs(foo bar)
foo{a="b"}{c="d"}
foo{a="b"} c
{foo}
{"foo" bar}
{"foo","bar"}
foo{"bar"}
{__name__="foo",__name__="bar"}
foo > bool
foo ^ 
foo by (a)
sum(foo) without
count_values("", foo)
"한글" foo
`;

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** A query as the recorder took it. Times are milliseconds. */
export interface Query {
  expr: string;
  t?: number;
  start?: number;
  end?: number;
  step?: number;
  experimental?: boolean;
}

/** On a scrape of most series, and between two. */
const INSTANTS_MS = [START_MS + 30 * 60_000, START_MS + 38 * 60_000 + 7_123];

/** Every query, in the order in which their answers are recorded. */
export function queries(): Query[] {
  const [onScrape, between] = INSTANTS_MS;
  const range = { start: START_MS + 12 * 60_000, end: START_MS + 38 * 60_000, step: 130_000 };
  return [
    ...INSTANTS_MS.flatMap((t) => lines(INSTANT).map((expr) => ({ expr, t }))),
    ...lines(EXPERIMENTAL).map((expr) => ({ expr, t: onScrape, experimental: true })),
    ...lines(EXPERIMENTAL).map((expr) => ({ expr, ...range, experimental: true })),
    ...lines(RANGE).map((expr) => ({ expr, ...range })),
    ...lines(RANGE).map((expr) => ({ expr, ...range, start: range.start + 7_000, step: 45_000 }))
      .filter((_, i) => i % 3 === 0),
    ...lines(INVALID).map((expr) => ({ expr, t: between })),
    { expr: "", t: between },
    { expr: "  ", t: between },
    { expr: "foo +\n  bar{\n a=}", t: between },
    { expr: "sum(\n  up\n) by (job)", t: between },
  ];
}
