/* --help, --list-stages, --version: made from the stages' descriptors. Each returns the exit status. */
#ifndef HELP_H
#define HELP_H

struct stage_spec;

int help_command(void);
int help_short(void);              /* -h */
int help_options(void);            /* --help options */
int help_stage(const char *name);
int help_list(void);
int help_version(void);

/* The specs of all stages, ends with NULL; the caller's to free(). */
const struct stage_spec **help_specs(void);

#endif
