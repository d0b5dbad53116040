"""HAProxy's rules for a front that answers this machine's own pages alone, whatever stands behind it.

https://docs.haproxy.org/2.6/configuration.html
"""

OWN_PAGES = """    # 127.0.0.1, localhost and names below it
    acl own_name req.hdr(host),lower -m reg ^(127[.]0[.]0[.]1|localhost|([a-z0-9-]+[.])+localhost)(:[0-9]+)?$
    acl one_host req.fhdr_cnt(host) eq 1
    http-request return status 421 content-type text/plain string "this answers as localhost" \
unless one_host own_name
    http-request set-var(req.origin) req.fhdr(origin),lower
    http-request set-var-fmt(req.own) "http://%[req.hdr(host),lower]"
    acl has_origin req.fhdr_cnt(origin) gt 0
    acl one_origin req.fhdr_cnt(origin) eq 1
    acl own_origin var(req.origin),strcmp(req.own) eq 0
    acl foreign_site req.hdr(sec-fetch-site),lower -m str cross-site same-site
    http-request return status 403 content-type text/plain string "a page of another site may not use this" \
if foreign_site
    http-request return status 403 content-type text/plain string "a page of another site may not use this" \
if has_origin !one_origin
    http-request return status 403 content-type text/plain string "a page of another site may not use this" \
if has_origin !own_origin"""
"""What the sandbox's other fronts refuse too: a page of a foreign site, and a name that was made to lead here.

https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
"""
