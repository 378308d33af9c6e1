/* The only file that asks for the time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_S 1000000000LL
#define NS_PER_MS 1000000LL
#define CLOCK_LONGEST_NS (NS_PER_S * 3600 * 24 * 365 * 100) /* of what users write: a few can be added */

int64_t clock_now(void);      /* CLOCK_MONOTONIC, ns: deadlines and durations */
int64_t clock_wall(void);     /* CLOCK_REALTIME, ns since 1970: what users see */

#endif
