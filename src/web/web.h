/* postbag-web(8): the options, the configuration, the process's own state; then web_serve. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

/* Runs the program: returns its exit status. */
int web_main(int argc, char **argv);

#endif
