using System.Data.Common;

namespace ControlPanel.Data.Providers;

/// <summary>Tells a store that does not answer from a mistake in the program.</summary>
public static class StoreFaults
{
    /// <summary>
    /// Whether the exception, or one within it, comes from the database or the way to it. EF Core wraps what Npgsql
    /// calls transient into an <see cref="InvalidOperationException"/>, so the outer type alone does not tell.
    /// </summary>
    public static bool IsFromStore(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is DbException or IOException or TimeoutException)
            {
                return true;
            }
        }

        return false;
    }
}
