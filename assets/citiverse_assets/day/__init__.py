"""A believable day in Ellerhaven: everything hangs together, and is the same for the same moment.

The wind thins the air's dust, the traffic and the stoves make it; a tram that passes is heard;
cold days need heat. All of it is invented, and simulated. Times are seconds since 1970 UTC.
"""
