// Writes what robfig/cron makes of schedules around changes of clocks, one case a line, on standard output: run by
// `cd tests/go/cron_recorder && go run . > ../testdata/cron.json`.
package main

import (
	"encoding/json"
	"fmt"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

var schedules = []string{
	"* * * * *", "*/15 * * * *", "30 * * * *", "0 0 * * *", "30 0 * * *", "30 1 * * *", "0 2 * * *", "30 2 * * *",
	"59 2 * * *", "0 3 * * *", "30 23 * * *", "0 */2 * * *", "15,45 1-3 * * *", "30 2 * * sun", "0 0 1 * *",
	"30 2 31 * *", "0 12 29 2 *", "0 0 30 2 *", "30 0 * 11 0", "45 1 8-14 3,11 *", "10 0 1-7 * 1", "0 9 * * 1-5",
}

// Instants before a change of clocks; the last is of a zone in which nothing changes.
var moments = map[string][]string{
	"America/New_York":    {"2026-03-07T22:00:00Z", "2026-03-08T06:45:10Z", "2026-10-31T22:00:00Z", "2026-11-01T05:40:00Z"},
	"Europe/London":       {"2026-03-28T22:00:00Z", "2026-10-25T00:10:00Z"},
	"America/Sao_Paulo":   {"2018-11-03T20:00:00Z", "2018-02-17T20:00:00Z"},
	"America/Havana":      {"2025-03-08T20:00:00Z", "2025-11-02T03:30:30Z"},
	"Asia/Beirut":         {"2024-03-30T12:00:00Z", "2024-10-26T12:00:00Z"},
	"Australia/Lord_Howe": {"2025-10-04T12:00:00Z", "2026-04-04T12:00:00Z"},
	"Africa/Casablanca":   {"2024-03-09T20:00:00Z", "2024-04-13T20:00:00Z"},
	"Asia/Kolkata":        {"2026-02-28T17:59:59Z"},
	"UTC":                 {"2026-12-31T23:59:30Z"},
}

func main() {
	separator := "[\n"
	for _, zone := range []string{"America/New_York", "Europe/London", "America/Sao_Paulo", "America/Havana", "Asia/Beirut",
		"Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "UTC"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			panic(err)
		}
		for _, from := range moments[zone] {
			for _, text := range schedules {
				fmt.Print(separator, row(text, from, location))
				separator = ",\n"
			}
		}
	}
	fmt.Println("\n]")
}

// A schedule, its zone, an instant, and the next four times after it.
func row(text, from string, location *time.Location) string {
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		panic(err)
	}
	at, err := time.Parse(time.RFC3339, from)
	if err != nil {
		panic(err)
	}
	cells := []string{text, location.String(), from}
	for range 4 {
		at = schedule.Next(at.In(location))
		if at.IsZero() {
			cells = append(cells, "never")
			break
		}
		cells = append(cells, at.UTC().Format(time.RFC3339))
	}
	written, err := json.Marshal(cells)
	if err != nil {
		panic(err)
	}
	return string(written)
}
