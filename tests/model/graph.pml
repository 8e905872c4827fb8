/* The protocol of src/engine/graph.cpp: which node reads, admits, converts and writes, and which messages it gets.
 *
 * Threads take any task; `read`, `admit` and `store` are serial. Batches have no image or one, whose need of memory is
 * half the budget or over it, or turns out to be over it. Of the latter kind all are equal: one is converted, and the
 * others wait for its result. Checked for every order of events:
 *   - with WAITS: every batch is written, and no thread waits for ever (an end state where a thread still waits is an
 *     error; the monitor of the other check never ends before the last batch is written, so that it has no such state);
 *   - no wake-up is lost: where `read` could read, or `admit` admit, it is at work or a message is on its way to it.
 *
 * OLD_WAKE_UP and OLD_TEXT are the graph as it was: what `read` waits for changed without a message, and `admit` got
 * the message of a written batch before its text was given back. OLD_IMAGES: `read` is not told of the memory that
 * images give back. KEEPS_IDLE: nor that an image waits for memory that free batches keep. The second check finds all. With GROWN_IN_ORDER an
 * image that takes more memory waits for all older batches, one of which may wait for its result: WAITS finds it.
 */
#ifndef BATCHES
#define BATCHES 4
#endif
#define THREADS 2
#define POOL 3        /* batches that circulate */
#define MOST_BUSY 2   /* Window::threads_have_work() */
#define MEMORY 8      /* Budget::bytes() */
#define MOST_TEXT 6   /* Budget::read_share(). A block takes 2 until it is inspected, then 1, which it keeps when free */

mtype = { freed, inspected, converted, released, image_waits, next_batch, image_done, image_grew, written, room };

chan to_read = [16] of { mtype, byte };
chan to_admit = [16] of { mtype, byte };
chan to_inspect = [BATCHES] of { byte };
chan to_convert = [BATCHES] of { byte };
chan to_assemble = [BATCHES] of { byte };
chan to_store = [BATCHES] of { byte };

byte need[BATCHES];       /* 0: no image */
bool grows[BATCHES];      /* the need of its image turns out to be over the budget, */
bool has_max[BATCHES];    /* as `admit` knows then */
byte owner = BATCHES;     /* the first that claimed the images that grow: it converts for all */
bool is_known;            /* their result is */
bool awaits[BATCHES];     /* ... the owner's result */
byte grown = BATCHES;     /* the image that waits for more memory */
bool has_images[BATCHES]; /* as `read` knows, which is told when the batch is inspected */
bool finished[BATCHES];   /* no image is left to be converted, likewise */
bool late[BATCHES];
bool is_inspected[BATCHES];
bool is_assembled[BATCHES];
byte cost[BATCHES];       /* of its text */

byte free_batches;
byte read_next;           /* sequence of the batch to be read next, and so how many were read */
byte oldest;              /* of those in flight, as `read` knows */
byte text, images;        /* memory taken, */
byte idle;                /* and kept by free batches, which is given back where an image waits for memory */
byte admit_next;          /* the sequencers' numbers */
byte store_next;
byte waiting[BATCHES];    /* the queue of `admit` */
byte waiting_first, waiting_end;
byte running, batches_written;  /* as `admit` knows */
byte stored;
bool reading, admitting, storing;
byte owes_read;           /* tasks that have changed something and are just about to tell `read` */
/* Of one step, and no state. */
hidden byte k, busy;
hidden byte held, yes;

/* Window::set_state(): a batch that is finished while an older one has images to be converted is late for good. */
inline mark_late() {
  k = oldest;
  held = false;
  do
  :: k < read_next ->
     late[k] = late[k] || (held && finished[k]);
     held = held || (has_images[k] && !finished[k]);
     k++
  :: else -> break
  od
}

/* Window::threads_have_work(): late batches do not count. */
inline count_busy(count) {
  count = 0;
  k = oldest;
  do
  :: k < read_next -> count = count + !late[k]; k++
  :: else -> break
  od
}

inline can_read(answer) {
  count_busy(busy);
  answer = free_batches > 0 && read_next < BATCHES && busy < MOST_BUSY &&
           (oldest == read_next || (text + 2 <= MOST_TEXT && images + text + 2 <= MEMORY))
}

#define an_image_waits (grown < BATCHES || waiting_first < waiting_end)

inline can_admit(answer) {
  answer = false;
  if
  :: grown < BATCHES ->
#ifdef GROWN_IN_ORDER
     answer = running == 0 && grown == batches_written
#else
     answer = images + text + idle + need[grown] <= MEMORY || running == 0
#endif
  :: grown == BATCHES && waiting_first < waiting_end ->
     k = waiting[waiting_first];
     answer = images + text + idle + need[k] <= MEMORY || (running == 0 && k == batches_written)
  :: else -> skip
  fi
}

/* A batch has passed a node: it and those after it go on as far as they follow one another. */
inline pass_to_admit() {
  do
  :: admit_next < BATCHES && is_inspected[admit_next] -> to_admit!next_batch,admit_next; admit_next++
  :: else -> break
  od
}
inline pass_to_store() {
  do
  :: store_next < BATCHES && is_assembled[store_next] -> to_store!store_next; store_next++
  :: else -> break
  od
}

proctype thread() {
  mtype what;
  byte b;
  do
  /* read: note the message and tell `admit`; then read what can be read. */
  :: atomic { !reading && len(to_read) > 0 -> reading = true; to_read?what,b;
       if
       :: what == freed && b < BATCHES ->
            text = text - cost[b]; idle = idle + cost[b]; cost[b] = 0; oldest++; free_batches++;
#ifndef OLD_TEXT
            to_admit!written,b
#endif
       :: what == freed && b == BATCHES -> free_batches++
       :: what == inspected ->
            if :: need[b] == 0 -> finished[b] = true :: else -> has_images[b] = true fi;
            to_admit!room,b
       :: what == converted -> finished[b] = true
       :: what == released -> skip
       :: what == image_waits && idle > 0 -> idle = 0; to_admit!room,b
       :: what == image_waits && idle == 0 -> skip
       fi;
       mark_late()
     };
     atomic {
       do
       :: can_read(yes); if
          :: yes ->
             free_batches--; idle = idle - (idle > 0); text = text + 2; cost[read_next] = 2;
             to_inspect!read_next; read_next++;
             do
             :: idle > 0 && images + text + idle > MEMORY -> idle--
             :: else -> break
             od
          :: else -> break
          fi
       od;
       reading = false; what = 0; b = 0
     }
  /* inspect: charge for what is kept, tell `read`, go on in order. */
  :: atomic { to_inspect?b -> text--; cost[b] = 1; owes_read++ };
     atomic { to_read!inspected,b; owes_read--; is_inspected[b] = true; pass_to_admit(); b = 0 }
  /* admit: note the message, then admit what fits. */
  :: atomic { !admitting && len(to_admit) > 0 -> admitting = true; to_admit?what,b;
       if
       :: what == image_done -> images = images - need[b]; running--; owes_read++
       :: what == image_grew ->
            images = images - need[b]; running--; need[b] = MEMORY + 1; has_max[b] = true; grown = b; owes_read++
       :: what == written -> batches_written++
       :: what == next_batch && need[b] > 0 -> waiting[waiting_end] = b; waiting_end++
       :: what == next_batch && need[b] == 0 -> to_assemble!b
       :: else -> skip
       fi
     };
     atomic {
       do
       :: can_admit(yes); if
          :: yes ->
             if
             :: grown < BATCHES -> k = grown; grown = BATCHES
             :: else -> k = waiting[waiting_first]; waiting_first++
             fi;
             images = images + need[k]; running++; to_convert!k
          :: else -> break
          fi
       od;
       admitting = false;
       if
       :: what == image_done || what == image_grew ->
#ifndef OLD_IMAGES
            to_read!released,b;
#endif
            owes_read--
       :: else -> skip
       fi;
#ifndef KEEPS_IDLE
       if
       :: an_image_waits && idle > 0 -> to_read!image_waits,0
       :: else -> skip
       fi;
#endif
       what = 0; b = 0
     }
  /* convert: the batch goes on before the memory is given back. */
  :: to_convert?b;
     if
     :: atomic { grows[b] && !has_max[b] && !is_known && owner < BATCHES -> awaits[b] = true }
     :: atomic { grows[b] && !has_max[b] && !is_known && owner == BATCHES -> owner = b };
        atomic { to_admit!image_grew,b; b = BATCHES }
     :: atomic { has_max[b] ->
          is_known = true;
          for (k : 0 .. BATCHES - 1) {
            if
            :: awaits[k] -> awaits[k] = false; to_assemble!k
            :: else -> skip
            fi
          }
          to_assemble!b }
     :: atomic { !has_max[b] && (!grows[b] || is_known) -> to_assemble!b }
     fi;
     atomic {
       if
       :: b < BATCHES -> to_admit!image_done,b
       :: else -> skip
       fi;
       b = 0
     }
  /* assemble: all images of the batch are converted. */
  :: atomic { to_assemble?b ->
#ifdef OLD_WAKE_UP
       finished[b] = true;
       mark_late()
#else
       if
       :: need[b] > 0 -> to_read!converted,b
       :: else -> skip
       fi
#endif
     };
     atomic { is_assembled[b] = true; pass_to_store(); b = 0 }
  /* commit and store. */
  :: atomic { !storing && len(to_store) > 0 -> storing = true; to_store?b };
     atomic {
#ifdef OLD_TEXT
       to_admit!written,b;
#endif
       to_read!freed,b; storing = false; stored++; b = 0 }
  :: stored == BATCHES && len(to_read) == 0 && len(to_admit) == 0 && !reading && !admitting -> break
  od
}

proctype monitor() {
  do
  :: d_step {
       can_read(yes);
       assert(!(yes && !reading && len(to_read) == 0 && owes_read == 0));
       can_admit(yes);
       /* `read` hands on to `admit` what it is told. */
       assert(!((yes || (an_image_waits && idle > 0)) && !admitting && len(to_admit) == 0 && !reading &&
                len(to_read) == 0 && owes_read == 0))
     }
  :: stored == BATCHES -> break
  od
}

init {
  byte i;
  atomic {
    do
    :: i < BATCHES ->
       if
       :: need[i] = MEMORY + 1
       :: need[i] = 3
       :: need[i] = 3; grows[i] = true
       :: need[i] = 0
       fi;
       i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < POOL -> to_read!freed,BATCHES; i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < THREADS -> run thread(); i++
    :: else -> break
    od;
#ifndef WAITS
    run monitor()
#endif
  }
}
