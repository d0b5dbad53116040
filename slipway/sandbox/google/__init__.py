"""Google Cloud's control plane on this machine, spoken over Google's own REST: ``http://HOST/API/VERSION/…``.

    request -> route (a row of an API) -> method over the store -> JSON | an error in Google's form

Every API has a module with its methods and ``ROUTES``; each row bears the method's id in Google's discovery documents,
against which the tests validate requests and answers.
"""
