"""Articles of years past, out of other people's archives: WARC files by the thousand, of whose pages hardly one in a hundred is on topic.

    inputs    what an address names → archives, a file each
    records   an archive → pages, each with the place behind it
    gate      a page's bytes → whether it can be on topic at all
    loading   one archive → articles, from where it was left

Whatever passes the gate goes the way of every other article.
"""
