/* replay FILE...: gives each file to a fuzzer's function once, without libFuzzer; linked with each tests/fuzz/fuzz-*.c. A finding ends the program, after the
 * name of its file. */
#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *data = NULL, *exact = NULL;
		gsize size;

		if (!g_file_get_contents(argv[i], &data, &size, &error)) {
			fprintf(stderr, "%s\n", error->message);
			return 66;
		}
		printf("%s\n", argv[i]);
		fflush(stdout);
		exact = g_memdup2(data, size); /* without the NUL that g_file_get_contents adds: reading past the end shall be seen */
		LLVMFuzzerTestOneInput((const uint8_t *)(exact != NULL ? exact : ""), size);
	}
	return 0;
}
