"""The bugs that the models must find.

For Relacy: what is replaced in the library by what, as by tests/teeth/break.py;
one of SPIN_MODELS is a number for -DBUG.
"""

import dataclasses

DOMAIN = "pointer/internal/domain.h"
PARTICIPANT = "pointer/internal/participant.h"
BOX = "value/internal/box.h"
CELL = "value/internal/cell.h"
WAITERS = "pointer/internal/waiters.h"


@dataclasses.dataclass
class Bug:
    name: str
    models: str  # the file
    model: str  # which of its models must find it
    what: str  # in a few words, for people
    edits: list  # (file, original, broken)


def bug(name, models, model, what, *edits):
    """Edits come in threes: file, original, broken."""
    triples = [edits[i:i + 3] for i in range(0, len(edits), 3)]
    return Bug(name, models, model, what, triples)


# Turns the look at all pins into a function that another edit calls elsewhere.
PINS_LATER = (DOMAIN, "ForEachRecord([&oldest](Record& record) {",
              "const auto look_at_pin = ([&oldest](Record& record) {")

PLANTED_BUGS = [
    # --- Slots ------------------------------------------------------------------
    bug("no_heavy_fence", "slots", "LoadsMeetStores/membarrier",
        "no heavy fence between the unlink and the scan",
        DOMAIN, "if (!Policy::HeavyFence()) { Leak(batch); return; }", ""),
    bug("no_light_fence", "slots", "LoadsMeetStores/full",
        "no light fence between the announcement and the second read",
        DOMAIN,
        "slot.store(guess, std::memory_order_release); fence();",
        "slot.store(guess, std::memory_order_release);"),
    bug("quick_without_free_fences", "slots", "LoadsMeetStores/full",
        "a reader takes the fast path where fences are not free",
        DOMAIN, "if (Policy::quick() != &self && Policy::FencesAreFree()) {",
        "{"),
    bug("loads_are_not_validated", "slots", "LoadsMeetStores",
        "the cell is not read again after the announcement",
        DOMAIN, "return guess == announced;",
        "guess = announced; return true;"),
    bug("slot_store_relaxed", "slots", "ASlotChangesHands/none",
        "a slot is occupied by a relaxed store",
        DOMAIN, "slot.store(guess, std::memory_order_release);",
        "slot.store(guess, std::memory_order_relaxed);"),
    bug("slot_clear_relaxed", "slots", "ASlotChangesHands/none",
        "a slot is let go of by a relaxed store",
        DOMAIN,
        "slot.store(nullptr, std::memory_order_release); Policy::FreeFence();",
        "slot.store(nullptr, std::memory_order_relaxed); Policy::FreeFence();"),
    bug("slot_clear_relaxed_with_fences", "slots", "ASlotChangesHands/membarrier",
        "the same, with membarrier",
        DOMAIN,
        "slot.store(nullptr, std::memory_order_release); Policy::FreeFence();",
        "slot.store(nullptr, std::memory_order_relaxed); Policy::FreeFence();"),
    bug("free_slot_found_relaxed", "slots", "ASlotChangesHands/none",
        "a free slot is found by a relaxed load",
        PARTICIPANT, "return slot.load() == nullptr;",
        "return slot.load(std::memory_order_relaxed) == nullptr;"),
    bug("slots_scanned_relaxed", "slots", "ASlotChangesHands/none",
        "slots are scanned by relaxed loads",
        DOMAIN, "const void* const address = slot.load();",
        "const void* const address = slot.load(std::memory_order_relaxed);"),
    bug("slots_are_not_looked_at", "slots", "ADropMeetsAStore",
        "slots are not looked at",
        DOMAIN, "if (address != nullptr) f(record, slot, address);", ""),

    # --- Letting go -------------------------------------------------------------
    bug("no_second_heavy_fence", "slots", "ADropMeetsAStore",
        "no heavy fence between `wanted` and the second look",
        DOMAIN, "if (!Policy::HeavyFence()) { batch.Append(",
        "if (false) { batch.Append("),
    bug("no_second_look", "slots", "ADropMeetsAStore",
        "no second look at the holders",
        DOMAIN, "return holder.HasLetGo();", "return false;"),
    bug("second_look_puts_back", "slots", "ADropMeetsAStore",
        "the second look takes the list and puts it back",
        DOMAIN, "if (std::any_of(holders, holders + held,",
        "RetiredList again = TakeDeferred();"
        " if (std::any_of(holders, holders + held,",
        DOMAIN,
        "return holder.HasLetGo(); })) { batch.Append(TakeDeferred()); }",
        "return holder.HasLetGo(); })) { batch.Append(again); }"
        " else { Defer(again); }"),
    bug("second_look_for_an_empty_slot", "slots", "AReloadMeetsAStore",
        "the second look asks whether the slot is empty, and not whether it"
        " still holds the object",
        DOMAIN, "slot->load() != object", "slot->load() == nullptr"),
    bug("wanted_before_the_list", "slots", "TwoDropsMeetAStore",
        "`wanted` is set before the object is on the list",
        DOMAIN, "Defer(rest); for (", "for (",
        DOMAIN, "if (!Policy::HeavyFence()) { batch.Append(",
        "Defer(rest); if (!Policy::HeavyFence()) { batch.Append("),
    bug("help_takes_the_list_first", "slots", "AHelpMeetsAStore",
        "help takes the list and then clears `wanted`",
        DOMAIN,
        "holder.wanted.store(Policy::FencesAreFree() ? Wanted::kNo :"
        " Wanted::kPerhaps);", "",
        DOMAIN, "self, [&] { return TakeDeferred(); }, 1);",
        "self, [&] { const RetiredList taken = TakeDeferred();"
        " holder.wanted.store(Policy::FencesAreFree() ? Wanted::kNo :"
        " Wanted::kPerhaps); return taken; }, 1);"),
    bug("drop_looks_at_its_own_record", "slots", "ASlotChangesHands/membarrier",
        "a drop looks at its own record, and not at the slot's",
        DOMAIN, "HelpIfWanted(holder);  // what waited for the slot",
        "HelpIfWanted(Self());"),
    bug("drop_does_not_look_at_wanted", "slots", "ADropMeetsAStore",
        "a drop doesn't look at `wanted`",
        DOMAIN, "HelpIfWanted(holder);  // what waited for the slot", ""),
    bug("wanted_without_a_fence", "slots", "ADropMeetsAStore/full",
        "a drop looks at `wanted` without a fence where that is not free",
        DOMAIN, "Policy::LightFence(); Wanted wanted = holder.wanted.load();",
        "Wanted wanted = holder.wanted.load();"),
    bug("wanted_is_settled_too_soon", "slots", "ADropMeetsAStore/full",
        "`wanted` says no where the fence is not free",
        DOMAIN, "if (wanted == Wanted::kPerhaps && Policy::FencesAreFree()) {",
        "if (wanted == Wanted::kPerhaps) {"),
    bug("a_slow_load_does_not_look_at_what_it_let_go_of", "slots",
        "AKeptLoadMeetsAStore",
        "a load that goes the slow way doesn't look at `wanted`",
        CELL, "if (let_go != nullptr) domain.Drop(*let_go);",
        "if (let_go != nullptr) let_go->store(nullptr);"),
    bug("retried_load_does_not_look_at_wanted", "slots", "AKeptLoadMeetsAStore",
        "a load that retried doesn't look at `wanted`",
        CELL, "if (retried) domain.HelpIfWanted(self);", ""),

    # --- Counts -----------------------------------------------------------------
    bug("copies_are_not_counted", "slots", "CountsMeetAStore",
        "a copy inherits what the original has",
        CELL, "if (box_ != nullptr) box_->Keep();", ""),
    bug("swap_takes_the_cells_count", "slots", "CountsMeetAStore",
        "the result of Swap inherits the cell's count",
        CELL, "old->Keep(); old->Retire();", "old->Retire();"),
    bug("freed_while_counted", "slots", "CountsMeetAStore",
        "what leaves the cell is freed while it is counted",
        BOX, "if (box->GiveUp()) delete box;", "delete box;"),
    bug("count_given_up_relaxed", "slots", "CountsMeetAStore",
        "a count is given up by a relaxed decrement",
        BOX, "return count.load() == 1 || count.fetch_sub(1) == 1;",
        "return count.load() == 1 ||"
        " count.fetch_sub(1, std::memory_order_relaxed) == 1;"),
    bug("a_last_count_found_relaxed", "slots", "CountsMeetAStore",
        "a count that is found to be the last one is found by a relaxed load",
        BOX, "return count.load() == 1 || count.fetch_sub(1) == 1;",
        "return count.load(std::memory_order_relaxed) == 1 ||"
        " count.fetch_sub(1) == 1;"),
    bug("counted_load_without_a_pin", "slots", "ACountedLoadMeetsStores",
        "a counted load is not pinned",
        CELL,
        "const BasicPin<Policy> pin(Policy::domain());"
        " Policy::domain().Self().counted_loads.Add(1);", ""),

    # --- Pins -------------------------------------------------------------------
    bug("pins_are_not_looked_at", "pins", "APinMeetsARetire",
        "pins are not looked at",
        DOMAIN, "if (since != 0 && since < oldest.since) {", "if (false) {"),
    bug("no_light_fence_in_pin", "pins", "APinMeetsARetire/full",
        "no light fence after a pin",
        DOMAIN,
        "Policy::LightFence();  // a handler may have come before the first pin's",
        ""),
    bug("no_heavy_fence_against_pins", "pins", "APinMeetsARetire/membarrier",
        "no heavy fence between the unlink and the look at pins",
        DOMAIN, "if (!Policy::HeavyFence()) { Leak(batch); return; }", ""),
    bug("pin_relaxed", "pins", "APinnedRecordChangesHands/none",
        "a pin is announced by a relaxed store",
        DOMAIN, "self.pinned_since.store(epoch_.load(), std::memory_order_release);",
        "self.pinned_since.store(epoch_.load(), std::memory_order_relaxed);"),
    bug("unpin_relaxed", "pins", "AnUnpinMeetsARetire",
        "a pin is ended by a relaxed store",
        DOMAIN, "self.pinned_since.store(0, std::memory_order_release);",
        "self.pinned_since.store(0, std::memory_order_relaxed);"),
    bug("pins_scanned_relaxed", "pins", "AnUnpinMeetsARetire",
        "pins are scanned by relaxed loads",
        DOMAIN,
        "const std::uint64_t since = record.pinned_since.load();"
        " if (since != 0 && since < oldest.since)",
        "const std::uint64_t since ="
        " record.pinned_since.load(std::memory_order_relaxed);"
        " if (since != 0 && since < oldest.since)"),
    bug("epoch_read_relaxed", "pins", "AnEpochShowsWhatWasUnlinked/none",
        "a pin reads the epoch by a relaxed load",
        DOMAIN, "self.pinned_since.store(epoch_.load(), ",
        "self.pinned_since.store(epoch_.load(std::memory_order_relaxed), "),
    bug("epoch_read_relaxed_with_fences", "pins", "APinMeetsARetire/membarrier",
        "the same, with membarrier",
        DOMAIN, "self.pinned_since.store(epoch_.load(), ",
        "self.pinned_since.store(epoch_.load(std::memory_order_relaxed), "),
    bug("epoch_raised_relaxed", "pins", "AnEpochShowsWhatWasUnlinked/none",
        "a reclaim raises the epoch by a relaxed increment",
        DOMAIN, "const std::uint64_t stamp = epoch_.fetch_add(1) + 1;",
        "const std::uint64_t stamp ="
        " epoch_.fetch_add(1, std::memory_order_relaxed) + 1;"),
    bug("stamp_is_the_current_epoch", "pins", "APinMeetsARetire",
        "the stamp is the epoch before the increment",
        DOMAIN, "const std::uint64_t stamp = epoch_.fetch_add(1) + 1;",
        "const std::uint64_t stamp = epoch_.fetch_add(1);"),
    bug("pins_hold_one_epoch_too_few", "pins", "APinMeetsARetire",
        "a pin of the epoch before the stamp is not waited for",
        DOMAIN, "if (oldest.since < object->stamp) {",
        "if (oldest.since + 1 < object->stamp) {"),
    bug("the_epoch_starts_at_0", "pins", "APinMeetsARetire",
        "the epoch starts at 0, which means not pinned",
        DOMAIN, "epoch_{1}", "epoch_{0}"),
    bug("slots_before_pins", "pins", "APinHandsOverToASlot",
        "slots are looked at before pins",
        *PINS_LATER,
        DOMAIN, "RetiredStack dead, suspects;",
        "ForEachRecord(look_at_pin); RetiredStack dead, suspects;"),
    bug("pins_and_slots_in_one_pass", "pins", "APinHandsOverToAFurtherSlot",
        "each record's pin and slots are looked at before the next record",
        *PINS_LATER,
        DOMAIN,
        "ForEachSlot([&announced](Record&, const Slot&, const void* address) {"
        " announced.Add(address); });",
        "ForEachRecord([&](Record& record) { look_at_pin(record);"
        " for (const Slot& slot : record.slots) {"
        " const void* const address = slot.load();"
        " if (address != nullptr) announced.Add(address); } });"),
    bug("unpin_does_not_look_at_wanted", "pins", "AnUnpinMeetsARetire",
        "an unpin doesn't look at `wanted`",
        DOMAIN, "if (EndPin(self)) HelpIfWanted(self);  // what waited for the pin",
        "(void)EndPin(self);"),
    bug("synchronize_without_a_fence", "pins", "ASynchronizeMeetsPins/membarrier",
        "Synchronize looks at pins without a heavy fence",
        DOMAIN,
        "if (!Policy::HeavyFence()) {"
        ' Die("sync/atomic: Synchronize cannot see the pins',
        'if (false) { Die("sync/atomic: Synchronize cannot see the pins'),

    # --- Lists ------------------------------------------------------------------
    bug("takers_do_not_look_at_busy", "lists", "ReclaimsTakeTheListsOfOthers",
        "who takes another's list doesn't look whether the owner is busy",
        DOMAIN, "if (fenced && !record.busy.load()) taken", "if (fenced) taken"),
    bug("owners_do_not_look_for_takers", "lists", "ReclaimsTakeTheListsOfOthers",
        "an owner doesn't look whether its list is being taken",
        DOMAIN, "const bool mine = self.taker.load() == nullptr;",
        "const bool mine = true;"),
    bug("takers_do_not_fence", "lists",
        "ReclaimsTakeTheListsOfOthers/membarrier",
        "no heavy fence before the look at `busy`",
        DOMAIN, "const bool fenced = Policy::HeavyFence();",
        "const bool fenced = true;"),
    bug("owners_do_not_fence", "lists", "ReclaimsTakeTheListsOfOthers/full",
        "no light fence after `busy`",
        DOMAIN,
        "self.busy.store(true, std::memory_order_relaxed); Policy::LightFence();",
        "self.busy.store(true, std::memory_order_relaxed);"),
    bug("busy_ended_relaxed", "lists", "ReclaimsTakeTheListsOfOthers",
        "an owner says by a relaxed store that it is no longer busy",
        DOMAIN, "self.busy.store(false, std::memory_order_release);",
        "self.busy.store(false, std::memory_order_relaxed);"),
    bug("taker_ended_relaxed", "lists", "ReclaimsTakeTheListsOfOthers",
        "a taker says by a relaxed store that it is done",
        DOMAIN, "record.taker.store(nullptr);",
        "record.taker.store(nullptr, std::memory_order_relaxed);"),
    bug("owner_is_not_looked_after", "lists", "APromptRetireMeetsAReclaim",
        "an owner that finds a taker at its list doesn't say so",
        DOMAIN, "self.missed.store(true);", ""),
    bug("taker_does_not_look_again", "lists", "ALeaveMeetsAReclaim",
        "a taker doesn't ask whether the owner missed something",
        DOMAIN, "if (record.missed.load()) missed = true;", ""),
    bug("missed_is_forgotten_too_late", "lists", "ALeaveMeetsAReclaim",
        "`missed` is cleared by who has left the list, and not by who comes",
        DOMAIN, "record.missed.exchange(false);", "",
        DOMAIN, "if (record.missed.load()) missed = true;",
        "if (record.missed.exchange(false)) missed = true;"),
    bug("deferred_list_is_not_exchanged", "lists", "ReclaimsMeetADrop",
        "the deferred list is taken by a load and a store",
        DOMAIN, "return RetiredList(deferred_.exchange(nullptr));",
        "Retired* const all = deferred_.load(); deferred_.store(nullptr);"
        " return RetiredList(all);"),
    bug("deferred_relaxed", "lists", "ReclaimsMeetADrop",
        "objects come onto the deferred list by a relaxed exchange",
        DOMAIN, "while (!list.compare_exchange_weak(head, objects.head()));",
        "while (!list.compare_exchange_weak(head, objects.head(),"
        " std::memory_order_relaxed));"),
    bug("record_left_relaxed", "lists", "ALeavingThreadLeavesNothing",
        "a record is given back by a relaxed store",
        DOMAIN, "self.owned.store(false); return true;",
        "self.owned.store(false, std::memory_order_relaxed); return true;"),

    # --- The two words of a Value -----------------------------------------------
    bug("type_before_data", "cell", "FirstStoresMeetALoad",
        "the first store writes the type before the data",
        CELL, "Box* first = nullptr;",
        "type_.store(box->type); Box* first = nullptr;"),
    bug("first_stores_are_not_helped", "cell", "FirstStoresMeetALoad",
        "a claimed first store is not helped",
        CELL,
        "type_.compare_exchange_strong(none, stored ? box->type : first->type);",
        "if (stored) type_.compare_exchange_strong(none, box->type);"),
    bug("first_stores_are_not_pinned", "cell", "FirstStoresMeetAStore",
        "the loser of two first stores is not pinned",
        CELL,
        "const BasicPin<Policy> pin(Policy::domain()); Box* first = nullptr;",
        "Box* first = nullptr;"),
    bug("first_stores_overwrite", "cell", "FirstStoresMeetALoad",
        "first stores overwrite each other",
        CELL, "const bool stored = data_.compare_exchange_strong(first, box);",
        "data_.store(box); const bool stored = true;"),
    bug("data_published_relaxed", "slots", "LoadsMeetStores",
        "a store publishes its box by a relaxed exchange",
        CELL, "Box* const old = data_.exchange(box); Changed(); if (old != empty)",
        "Box* const old = data_.exchange(box, std::memory_order_relaxed);"
        " Changed(); if (old != empty)"),
    bug("first_data_published_relaxed", "cell", "FirstStoresMeetALoad",
        "the first store publishes its box by a relaxed exchange",
        CELL, "const bool stored = data_.compare_exchange_strong(first, box);",
        "const bool stored = data_.compare_exchange_strong(first, box,"
        " std::memory_order_relaxed);"),
    bug("the_empty_box_is_retired", "cell", "FirstStoresMeetAClear",
        "the static box that stands for empty is retired",
        CELL, "if (old != empty) old->Retire();", "old->Retire();"),
    bug("clear_writes_null", "cell", "FirstStoresMeetAClear",
        "Clear writes null",
        CELL, "Store(type->empty);", "Store(nullptr);"),
    bug("replace_does_not_compare", "cell", "ReplacesMeetReplaces",
        "a replace by value doesn't compare",
        CELL,
        "if (!data_.compare_exchange_strong(expected, box)) return false;",
        "data_.exchange(box);"),

    bug("loads_acquire", "cell", "AllCellsHaveOneOrder/membarrier",
        "a load ends with an acquire, and so cells have no order in common",
        DOMAIN, "T* const announced = std::exchange(guess, cell.load());",
        "T* const announced ="
        " std::exchange(guess, cell.load(std::memory_order_acquire));"),

    # --- Waiting for a change ---------------------------------------------------
    bug("changes_wake_nobody", "cell", "WaitsMeetChanges",
        "a change doesn't look for who waits",
        WAITERS,
        "if (ABSL_PREDICT_FALSE(bucket.waiting.load() != 0)) WakeAll(bucket);",
        ""),
    bug("waiting_read_relaxed", "cell", "WaitsMeetChanges",
        "a change looks for who waits by a relaxed load",
        WAITERS, "bucket.waiting.load() != 0",
        "bucket.waiting.load(std::memory_order_relaxed) != 0"),
    bug("waiters_are_counted_too_late", "cell", "WaitsMeetChanges",
        "a waiter counts itself after its last look",
        WAITERS,
        "bucket.waiting.fetch_add(1); bool is_changed = false;",
        "bool is_changed = false;",
        WAITERS,
        "in_time = Policy::SleepOn(bucket.changes, changes, deadline);",
        "bucket.waiting.fetch_add(1);"
        " in_time = Policy::SleepOn(bucket.changes, changes, deadline);"
        " bucket.waiting.fetch_sub(1);",
        WAITERS, "bucket.waiting.fetch_sub(1); return is_changed;",
        "return is_changed;"),
    bug("a_wake_up_moves_nothing", "cell", "WaitsMeetChanges",
        "a wake-up does not change the word that waiters sleep on",
        WAITERS, "bucket.changes.fetch_add(1);", ""),
    bug("waiters_look_too_early", "cell", "WaitsMeetChanges",
        "a waiter looks at the cell before it reads the word that it sleeps on",
        WAITERS,
        "const std::uint32_t changes = bucket.changes.load();"
        " is_changed = changed();",
        "is_changed = changed();"
        " const std::uint32_t changes = bucket.changes.load();"),
    bug("first_stores_wake_nobody", "cell", "WaitsMeetAFirstStore",
        "a first store wakes nobody",
        CELL, "Changed(); return stored;", "return stored;"),
]

SPIN_MODELS = {
    "fence": {
        1: "no heavy fence",
        2: "the heavy fence comes before the unlink",
        3: "no second heavy fence",
        4: "the scan comes before the heavy fence",
        5: "`wanted` is set before the object is on the list",
        6: "no second look at the holder",
        7: "help takes the list and then clears `wanted`",
        8: "slots are looked at before pins",
        9: "an unpin doesn't look at `wanted`",
        10: "the second look takes the list and puts it back",
        11: "the cell is not read again after the announcement",
        12: "the heavy fence leaves out one thread",
        13: "the stamp is taken before the unlink",
        14: "a drop doesn't look at `wanted`",
    },
    "own_list": {
        1: "no heavy fence before the look at `busy`",
        2: "an owner doesn't look for a taker",
        3: "a taker doesn't look at `busy`",
        4: "an owner that finds a taker at its list doesn't say so",
        5: "`missed` is cleared by who has left the list",
    },
}
