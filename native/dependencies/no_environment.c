/* Stands in for getenv() inside soxr: the process environment never changes a result. */
char *cochlea_no_environment(char const *name) {
  (void)name;
  return 0;
}
