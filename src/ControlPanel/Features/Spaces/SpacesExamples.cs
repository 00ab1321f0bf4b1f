using ControlPanel.Hosting;
using ControlPanel.Shared;

namespace ControlPanel.Features.Spaces;

/// <summary>Lines for S3 clients that work as they stand, for where this server really listens.</summary>
public sealed class SpacesExamples(ListenAddresses addresses)
{
    /// <summary>The address that S3 clients call the endpoint.</summary>
    public string Endpoint => addresses.Spaces;

    /// <summary>How doctl makes a key.</summary>
    public string DoctlCreate =>
        $"doctl spaces keys create photo-sync --grants 'bucket=final-photos;permission=read' --api-url {addresses.Panel}";

    /// <summary>Everything that a reveal offers to copy.</summary>
    /// <param name="bucket">A bucket the key reaches; <see langword="null"/> when it reaches all, or none.</param>
    public IReadOnlyList<Snippet> For(string keyId, string secret, string? bucket)
    {
        var endpoint = new Uri(Endpoint);
        var noTls = endpoint.Scheme == Uri.UriSchemeHttp ? " --no-ssl" : "";
        return
        [
            new(
                "aws",
                $"""
                export AWS_ACCESS_KEY_ID={keyId}
                export AWS_SECRET_ACCESS_KEY={secret}
                export AWS_DEFAULT_REGION=us-east-1
                aws --endpoint-url {Endpoint} s3 ls{(bucket is null ? "" : $" s3://{bucket}")}
                """
            ),
            new(
                "rclone",
                $"""
                export RCLONE_CONFIG_SPACES_TYPE=s3
                export RCLONE_CONFIG_SPACES_PROVIDER=Other
                export RCLONE_CONFIG_SPACES_ENDPOINT={Endpoint}
                export RCLONE_CONFIG_SPACES_ACCESS_KEY_ID={keyId}
                export RCLONE_CONFIG_SPACES_SECRET_ACCESS_KEY={secret}
                rclone lsf spaces:{bucket}
                """
            ),
            new(
                "s3cmd",
                $"s3cmd --access_key={keyId} --secret_key={secret} --host={endpoint.Authority} --host-bucket={endpoint.Authority}{noTls} ls s3://{bucket}"
            ),
            new(
                "boto3",
                $"""
                import boto3
                s3 = boto3.client(
                    "s3",
                    endpoint_url="{Endpoint}",
                    region_name="us-east-1",
                    aws_access_key_id="{keyId}",
                    aws_secret_access_key="{secret}",
                )
                print({(bucket is null ? "s3.list_buckets()" : $"s3.list_objects_v2(Bucket=\"{bucket}\")")})
                """
            ),
            new(
                ".env",
                $"""
                AWS_ACCESS_KEY_ID={keyId}
                AWS_SECRET_ACCESS_KEY={secret}
                AWS_DEFAULT_REGION=us-east-1
                AWS_ENDPOINT_URL_S3={Endpoint}
                """
            ),
        ];
    }
}
