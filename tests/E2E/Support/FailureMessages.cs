using System.Runtime.CompilerServices;
using Microsoft.Playwright;
using Xunit.Sdk;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>
/// Playwright draws the whole page into the message of an expectation that failed, with what stands in its fields, and
/// assertions quote what they compared. Both end up in logs. So each message loses whatever could be a secret at the moment
/// when it is thrown, before anybody can write it down.
/// </summary>
internal static class FailureMessages
{
    /// <summary>From now on, for the whole process.</summary>
    public static void Redact() =>
        AppDomain.CurrentDomain.FirstChanceException += (_, thrown) =>
        {
            if (thrown.Exception is PlaywrightException or XunitException)
            {
                MessageOf(thrown.Exception) = Redaction.Of(thrown.Exception.Message);
            }
        };

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_message")]
    private static extern ref string? MessageOf(Exception exception);
}
