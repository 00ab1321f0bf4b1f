"""python3 s3.py tour|probe <endpoint> <bucket>: boto3 with the credential of the environment, in each of its signatures.
tour does what a person does with a bucket it may write; probe says what reading and writing come to."""
import io
import json
import os
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import ClientError

what, endpoint, bucket = sys.argv[1:]


def client(signature):
    config = Config(signature_version=signature, s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return boto3.client("s3", endpoint_url=endpoint, region_name="nyc3", config=config)


def post(url, fields, data):
    boundary = "controlpanelboundary"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    body = parts.encode() + file.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return urllib.request.urlopen(urllib.request.Request(url, body, headers)).status


def tour():
    results = {}
    data = os.urandom(12 * 1024 * 1024)
    for signature in ("s3v4", "s3"):
        s3 = client(signature)
        get = lambda key: s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key="py/small ü+", Body=data[:1000])
        # With V2 this botocore signs "?uploads?uploads" and "?delete?delete": no server takes that.
        if signature == "s3v4":
            s3.upload_fileobj(io.BytesIO(data), bucket, "py/parts", Config=TransferConfig(multipart_chunksize=5 * 1024 * 1024))
        else:
            s3.put_object(Bucket=bucket, Key="py/parts", Body=data)
        s3.copy_object(Bucket=bucket, Key="py/copy", CopySource={"Bucket": bucket, "Key": "py/small ü+"})
        link = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "py/copy"}, 60)
        form = s3.generate_presigned_post(bucket, "py/form", ExpiresIn=60)
        posted = post(form["url"], form["fields"], data[:500])
        results[signature] = {
            "same": get("py/small ü+") == data[:1000]
            and get("py/parts") == data
            and get("py/form") == data[:500]
            and urllib.request.urlopen(link).read() == data[:1000],
            "posted": posted,
            "listed": len(s3.list_objects(Bucket=bucket, Prefix="py/")["Contents"]),
        }
        keys = [{"Key": o["Key"]} for o in s3.list_objects_v2(Bucket=bucket, Prefix="py/")["Contents"]]
        if signature == "s3v4":
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})
        for key in keys:
            s3.delete_object(Bucket=bucket, **key)
    return results


def probe():
    def code(work):
        try:
            work()
            return "ok"
        except ClientError as e:
            return e.response["Error"]["Code"]

    s3 = client("s3v4")
    return {
        "read": code(lambda: s3.list_objects_v2(Bucket=bucket)),
        "write": code(lambda: s3.put_object(Bucket=bucket, Key="probe-py", Body=b"x")),
    }


print(json.dumps(tour() if what == "tour" else probe()))
