def lambda_handler(event, context):
    return "the program's own hello_function"
