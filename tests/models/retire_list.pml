/* SPDX-License-Identifier: Apache-2.0 */

/* A thread's own list of what it retired, and others who take that list, on
 * processors with store buffers.
 *
 * The owner's stores to `busy` go through a buffer; it has no fence but for the
 * locked instructions of what is seq_cst. Each taker's heavy fence empties the
 * buffer.
 *
 * Shown for all schedules: the owner and a taker are never in the list at the
 * same time, nor two takers; and an owner that is prompt leaves nothing on its
 * list, whoever looked there meanwhile.
 *
 * -DBUG=n plants a bug. Each must be found.
 */

#ifndef BUG
#define BUG 0
#endif

#define TAKERS 2
#define RETIRES 2
#define NOBODY 0
#define OWNER 3

byte taker = NOBODY; /* who is taking the list */
bool busy = false;
bool missed = false;
byte listed = 0; /* how many objects wait on the list */
byte inside = 0; /* who is in the list */
byte done = 0;

chan buffer = [4] of { bool };

inline flush_one() { buffer ? busy }

inline empty_buffer() {
  d_step {
    do
    :: len(buffer) > 0 -> flush_one()
    :: else -> break
    od
  }
}

active proctype Buffer() {
end:
  do
  :: d_step { len(buffer) > 0 -> flush_one() }
  od
}

inline enter() {
  assert(inside == 0);
  inside++
}
inline leave() { inside-- }

/* Domain::TakeRetireList(). */
inline take_own() {
  told = false;
  do
  :: empty_buffer();
     d_step {
       mine = (taker == NOBODY);
       if
       :: mine -> taker = OWNER
       :: else -> skip
       fi
     };
     if
     :: mine ->
        enter();
        listed = 0;
        leave();
        taker = NOBODY;
        break
     :: else ->
        if
        :: told -> break
        :: else ->
#if BUG == 4 /* nobody is told */
           break
#else
           told = true;
           missed = true
#endif
        fi
     fi
  od
}

active proctype Owner() {
  byte round;
  bool mine, told;
  do
  :: round < RETIRES ->
     round++;
     /* PushRetired() */
     buffer ! true;
     mine = (taker == NOBODY);
#if BUG == 2 /* the owner doesn't look for a taker */
     mine = true;
#endif
     if
     :: mine ->
        enter();
        listed++;
        leave()
     :: else -> skip /* the owner disposes of it, and it is on no list */
     fi;
     buffer ! false;
     take_own() /* ReclaimLoop(), either way */
  :: else -> break
  od;
  done++
}

/* Domain::DrainAllLists(). */
active [TAKERS] proctype Taker() {
  byte me = _pid - 1;
  bool mine, again = true;
  do
  :: again ->
     again = false;
     d_step {
       mine = (taker == NOBODY);
       if
       :: mine -> taker = me
       :: else -> skip
       fi
     };
     if
     :: mine ->
#if BUG != 5 /* what was missed before is not forgotten here, but at the end */
        missed = false;
#endif
#if BUG != 1 /* no heavy fence */
        empty_buffer();
#endif
        if
#if BUG == 3 /* a taker doesn't look at busy */
        :: true ->
#else
        :: !busy ->
#endif
           enter();
           listed = 0;
           leave()
        :: else -> skip
        fi;
        taker = NOBODY;
#if BUG == 5
        d_step {
          again = missed;
          missed = false
        }
#else
        again = missed
#endif
     :: else -> skip
     fi
  :: else -> break
  od;
  done++
}

active proctype AtTheEnd() {
  done == TAKERS + 1;
  assert(listed == 0)
}
