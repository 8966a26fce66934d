// SPDX-License-Identifier: Apache-2.0

// Go's own sync/atomic in the workloads of ../../workloads.h, as a program that
// writes the same JSON as the C++ ones:
//
//	go build -o go_benchmark main.go
//	./go_benchmark --window=0.05 --repetitions=1 --filter=W1 --out=FILE
//
// What is replaced is freed by Go's collector, whose threads run beside those
// that are measured. Go doesn't inline what a loop is given as a function, and
// so each loop is written out.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

type payload struct {
	numbers [16]int32 // 64 bytes
}

func newPayload() *payload { return &payload{numbers: [16]int32{1}} }

func incremented(old *payload) *payload {
	updated := *old
	updated.numbers[0]++
	return &updated
}

// --- Subjects ------------------------------------------------------------------

// Each method does something n times.
type subject interface {
	read(n int)
	replace(n int)
	readAndReplace(n int)
	increment(n int)
}

const readsToAReplace = 19

var sink atomic.Int64

type ofPointer struct{ cell atomic.Pointer[payload] }

func makePointer() subject {
	s := new(ofPointer)
	s.cell.Store(newPayload())
	return s
}

func (s *ofPointer) read(n int) {
	sum := int32(0)
	for ; n > 0; n-- {
		sum += s.cell.Load().numbers[0]
	}
	sink.Store(int64(sum))
}

func (s *ofPointer) replace(n int) {
	for ; n > 0; n-- {
		s.cell.Store(newPayload())
	}
}

func (s *ofPointer) readAndReplace(n int) {
	sum := int32(0)
	for ; n > 0; n-- {
		for i := 0; i < readsToAReplace; i++ {
			sum += s.cell.Load().numbers[0]
		}
		s.cell.Store(newPayload())
	}
	sink.Store(int64(sum))
}

func (s *ofPointer) increment(n int) {
	for ; n > 0; n-- {
		for {
			old := s.cell.Load()
			if s.cell.CompareAndSwap(old, incremented(old)) {
				break
			}
		}
	}
}

type ofValue struct{ cell atomic.Value }

func makeValue() subject {
	s := new(ofValue)
	s.cell.Store(newPayload())
	return s
}

func (s *ofValue) read(n int) {
	sum := int32(0)
	for ; n > 0; n-- {
		sum += s.cell.Load().(*payload).numbers[0]
	}
	sink.Store(int64(sum))
}

func (s *ofValue) replace(n int) {
	for ; n > 0; n-- {
		s.cell.Store(newPayload())
	}
}

func (s *ofValue) readAndReplace(n int) {
	sum := int32(0)
	for ; n > 0; n-- {
		for i := 0; i < readsToAReplace; i++ {
			sum += s.cell.Load().(*payload).numbers[0]
		}
		s.cell.Store(newPayload())
	}
	sink.Store(int64(sum))
}

func (s *ofValue) increment(n int) {
	for ; n > 0; n-- {
		for {
			old := s.cell.Load().(*payload)
			if s.cell.CompareAndSwap(old, incremented(old)) {
				break
			}
		}
	}
}

// --- The window ----------------------------------------------------------------

const (
	gathering = iota
	warmingUp
	measuring
	over
)

// A role: what one thread does, again and again.
type role struct {
	step       func(n int) // does it n times
	operations int         // that once stands for
}

type measured struct {
	nanoseconds float64 // of an operation
	wall, lost  int64   // nanoseconds
	ran         int64   // nanoseconds on a processor, with the warm-up
}

func clock(id uintptr) int64 {
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, id, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

const (
	monotonic     = 1
	processClock  = 2
	threadClock   = 3
	affinityWords = 16
)

// The processors that this process may use.
func cores() []int {
	var mask [affinityWords]uint64
	syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(mask),
		uintptr(unsafe.Pointer(&mask)))
	var found []int
	for i := 0; i < affinityWords*64; i++ {
		if mask[i/64]>>(i%64)&1 != 0 {
			found = append(found, i)
		}
	}
	return found
}

// Keeps the calling thread there, for good: it ends with its goroutine.
func keepOn(core int) {
	var mask [affinityWords]uint64
	mask[core/64] = 1 << (core % 64)
	syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(mask),
		uintptr(unsafe.Pointer(&mask)))
}

// For how long the calling thread has waited for a processor.
func waited() int64 {
	text, _ := os.ReadFile("/proc/thread-self/schedstat")
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	nanoseconds, _ := strconv.ParseInt(fields[1], 10, 64)
	return nanoseconds
}

// What the machine below took from this one, in ticks.
func stolen() int64 {
	text, _ := os.ReadFile("/proc/stat")
	fields := strings.Fields(string(text))
	if len(fields) < 9 {
		return 0
	}
	ticks, _ := strconv.ParseInt(fields[8], 10, 64)
	return ticks
}

// Runs the roles together, each on a core of its own; says whether they were
// disturbed by others than Go's own threads.
func window(length time.Duration, roles []role) ([]measured, bool) {
	var phase atomic.Int32
	var arrived, ended sync.WaitGroup
	results := make([]measured, len(roles))
	stolenBefore, ranBefore := stolen(), clock(processClock)
	for i := range roles {
		arrived.Add(1)
		ended.Add(1)
		go func(i int) {
			defer ended.Done()
			runtime.LockOSThread() // never unlocked: the thread ends
			keepOn(cores()[i])
			before := clock(threadClock)
			arrived.Done()
			for phase.Load() == gathering {
				runtime.Gosched()
			}
			run := func(during int32, batch int) int {
				steps := 0
				for ok := true; ok; ok = phase.Load() == during {
					roles[i].step(batch)
					steps += batch
				}
				return steps
			}
			begin := clock(monotonic)
			warm := run(warmingUp, 64)
			batch := 10_000 * warm / int(clock(monotonic)-begin+1)
			if batch < 64 {
				batch = 64
			} else if batch > 1024 {
				batch = 1024
			}
			waitedBefore := waited()
			begin = clock(monotonic)
			steps := run(measuring, batch)
			wall := clock(monotonic) - begin
			results[i] = measured{
				nanoseconds: float64(wall) / float64(steps*roles[i].operations),
				wall:        wall,
				lost:        waited() - waitedBefore,
				ran:         clock(threadClock) - before,
			}
		}(i)
	}
	arrived.Wait()
	phase.Store(warmingUp)
	time.Sleep(length / 5)
	phase.Store(measuring)
	time.Sleep(length)
	phase.Store(over)
	ended.Wait()

	helpers := clock(processClock) - ranBefore // the collector's
	for _, result := range results {
		helpers -= result.ran
	}
	disturbed := stolen() != stolenBefore
	for _, result := range results {
		disturbed = disturbed || result.lost-helpers > result.wall/50
	}
	return results, disturbed
}

// --- Lines ---------------------------------------------------------------------

type line struct {
	name    string
	threads int
	roles   func(s subject) []role
	// The counters by the roles; one name for several means their mean.
	counters []string
}

func reads(s subject) role    { return role{s.read, 1} }
func replaces(s subject) role { return role{s.replace, 1} }
func mixes(s subject) role    { return role{s.readAndReplace, readsToAReplace + 1} }
func counts(s subject) role   { return role{s.increment, 1} }

// Runs, after one read.
func spins(s subject) role {
	s.read(1)
	return role{func(n int) {
		for ; n > 0; n-- {
			nothing()
		}
	}, 1}
}

//go:noinline
func nothing() {}

func lines() []line {
	all := []line{}
	count := len(cores())
	for threads := 1; threads <= count; threads *= 2 {
		threads := threads
		all = append(all, line{"W1", threads, func(s subject) []role {
			roles := make([]role, threads)
			for i := range roles {
				roles[i] = reads(s)
			}
			return roles
		}, []string{"load_ns"}})
	}
	return append(all,
		line{"W2", 2, func(s subject) []role { return []role{reads(s), replaces(s)} },
			[]string{"load_ns", "store_ns"}},
		line{"W3a", 1, func(s subject) []role { return []role{replaces(s)} },
			[]string{"store_ns"}},
		line{"W3b", 2, func(s subject) []role { return []role{replaces(s), spins(s)} },
			[]string{"store_ns"}},
		line{"W4", 2, func(s subject) []role { return []role{mixes(s), mixes(s)} },
			[]string{"op_ns"}},
		line{"W5", 2, func(s subject) []role { return []role{counts(s), counts(s)} },
			[]string{"op_ns"}})
}

func counters(l line, results []measured) map[string]float64 {
	found := map[string]float64{}
	switch {
	case len(l.counters) == len(results):
		for i, name := range l.counters {
			found[name] = results[i].nanoseconds
		}
	case l.name == "W3b": // the other one spins
		found[l.counters[0]] = results[0].nanoseconds
	default:
		for _, result := range results {
			found[l.counters[0]] += result.nanoseconds / float64(len(results))
		}
	}
	return found
}

func main() {
	seconds := flag.Float64("window", 0.05, "how long a window is, in seconds")
	repetitions := flag.Int("repetitions", 1, "how often each line is measured")
	filter := flag.String("filter", "", "a regular expression for the names of lines")
	out := flag.String("out", "", "the file for the JSON; stdout without")
	flag.Parse()
	wanted, err := regexp.Compile(*filter)
	if err != nil || flag.NArg() > 0 || *seconds <= 0 || *repetitions < 1 {
		fmt.Fprintln(os.Stderr, "go_benchmark: a bad option:", strings.Join(os.Args[1:], " "))
		os.Exit(1)
	}

	subjects := []struct {
		name, progress string
		make           func() subject
	}{
		{"GoPointer", "wait-free", makePointer},
		{"GoValue", "reads wait-free, a first store spins", makeValue},
	}
	found := []map[string]any{}
	for _, s := range subjects {
		for _, l := range lines() {
			name := fmt.Sprintf("%s/%s/threads:%d", l.name, s.name, l.threads)
			if !wanted.MatchString(name) {
				continue
			}
			if l.threads > len(cores()) {
				fmt.Fprintln(os.Stderr, "skipped, for want of cores:", name)
				continue
			}
			for i := 0; i < *repetitions; i++ {
				length := time.Duration(*seconds * float64(time.Second))
				results, disturbed := window(length, l.roles(s.make()))
				entry := map[string]any{
					"name": name, "run_type": "iteration", "ours": 0, "disturbed": 0,
					"repetition_index": i, "real_time": *seconds * 1e9, "time_unit": "ns",
					"label": "frees: Go's collector; progress: " + s.progress,
				}
				if disturbed {
					entry["disturbed"] = 1
				}
				for counter, value := range counters(l, results) {
					entry[counter] = value
				}
				found = append(found, entry)
			}
		}
	}
	text, err := json.MarshalIndent(map[string]any{
		"context":    map[string]any{"compiler": runtime.Version()},
		"benchmarks": found,
	}, "", "  ")
	if err == nil && *out != "" {
		err = os.WriteFile(*out, append(text, '\n'), 0o644)
	} else if err == nil {
		fmt.Println(string(text))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "go_benchmark:", err)
		os.Exit(1)
	}
}
