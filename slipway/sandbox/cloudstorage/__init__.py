"""Cloud Storage: its JSON API, uploads and downloads, as a service of the sandbox.

    server -> app (which method?) -> buckets, objects, copies, policies, uploads, downloads -> index and blobs

A bucket is a record of the sandbox's Google store, in the form of the API's own resource. An object is a row of the
index and a file of bytes. What another project pays for, and which APIs it has, is asked of the store.
https://cloud.google.com/storage/docs/json_api/v1
"""
