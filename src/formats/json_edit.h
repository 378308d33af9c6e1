/* Changing a JSON document where it stands: all bytes but those of the member that changes stay as they are, spelling of
 * numbers and order of members included. */
#ifndef FORMATS_JSON_EDIT_H
#define FORMATS_JSON_EDIT_H

#include "formats/json.h"

struct str;

enum json_edit {
	JSON_EDITED,
	JSON_UNCHANGED, /* json_drop: there is no such member */
	JSON_NO_PLACE,  /* json_set: something on the way is neither object nor array, or an element's index lies beyond the end */
	JSON_MALFORMED, /* the document, on the way */
};

/* Appends doc to out, with the member that the steps (one or more) lead to set to value, which is JSON text. One that is
 * missing is added at the end of its object, or of its array if its index is the array's length; objects that are missing on
 * the way are made, and null counts as missing. Of members of one name the last is meant, as in reading. On any result but
 * JSON_EDITED out is as before. */
enum json_edit json_set(struct str *out, struct slice doc, const struct json_step *steps, int nsteps, struct slice value);
/* Appends doc without the member (all of that name). */
enum json_edit json_drop(struct str *out, struct slice doc, const struct json_step *steps, int nsteps);

#endif
