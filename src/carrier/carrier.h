/* postbag-carrier(8): carries one message away. */
#ifndef CARRIER_CARRIER_H
#define CARRIER_CARRIER_H

/* Runs the program: returns its exit status. */
int carrier_main(int argc, char **argv);

#endif
